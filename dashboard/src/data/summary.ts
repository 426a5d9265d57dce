import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import { logSummarySchema } from "../../../src/contract/log.ts";
import { logSeriesSchema } from "../../../src/contract/log-series.ts";
import { api } from "../api.ts";
import { summaryKey } from "./keys.ts";

const count = z.number().int();
export type Summary = z.infer<typeof summarySchema>;

const summarySchema = z.object({
  agents: z.object({ total: count, active: count, disabled: count }),
  approvals: z.object({ pending: count }),
  decisions: logSummarySchema,
  countedFrom: logSeriesSchema.shape.countedFrom,
});

/** The workspace in numbers. Asked for again by itself, so that the pending count is right without a live feed. */
export const summaryQuery = queryOptions({
  queryKey: summaryKey,
  queryFn: ({ signal }) => api.get("/api/dashboard/summary", summarySchema, { signal }),
  refetchInterval: 15_000,
});
