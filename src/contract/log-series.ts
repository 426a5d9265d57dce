import * as z from "zod";
import { agentIdSchema } from "./ids.ts";
import { logSummarySchema } from "./log.ts";
import { timestampSchema } from "./text.ts";

export const maxBuckets = 200;

export const logSeriesQuerySchema = z.object({
  from: timestampSchema.optional().meta({ description: "24 hours before `to` if it is left out." }),
  to: timestampSchema.optional().meta({ description: "Not itself counted. Now if it is left out." }),
  agentId: agentIdSchema.optional(),
  buckets: z.coerce
    .number({ error: "must be a whole number" })
    .int({ error: "must be a whole number" })
    .min(1, { error: "must be 1 or more" })
    .max(maxBuckets, { error: `must be ${maxBuckets} or less` })
    .default(48),
});

const counts = logSummarySchema.shape;

export const logSeriesSchema = z
  .object({
    from: timestampSchema,
    to: timestampSchema,
    bucketMs: z.number().int().meta({ description: "The length of a bucket; the last one may be shorter." }),
    countedFrom: timestampSchema.nullable().meta({
      description: "Set where there are too many to count all: what is older than this is left out.",
    }),
    buckets: z.array(
      z.object({
        from: timestampSchema,
        allowed: counts.allowed,
        denied: counts.denied,
        approvalRequired: counts.approvalRequired,
      }),
    ),
    summary: logSummarySchema,
  })
  .meta({ id: "LogSeries" });
export type LogSeries = z.infer<typeof logSeriesSchema>;
