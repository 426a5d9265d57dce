import * as z from "zod";
import { agentIdSchema, approvalIdSchema, permissionIdSchema, requestIdSchema } from "./ids.ts";
import { reasonCodeSchema, riskSchema } from "./reasons.ts";
import { timestampSchema } from "./text.ts";

export const decisionKinds = ["allowed", "denied", "approval_required"] as const;
export const decisionKindSchema = z.enum(decisionKinds);
export type DecisionKind = (typeof decisionKinds)[number];

/** One decision on record, as logs show it. */
export const logItemSchema = z
  .object({
    requestId: requestIdSchema,
    agentId: agentIdSchema,
    agentName: z.string(),
    permissionId: permissionIdSchema.nullable(),
    action: z.string(),
    vendor: z.string().nullable(),
    amount: z.number().nullable(),
    environment: z.string().nullable(),
    allowed: z.boolean(),
    approvalRequired: z.boolean(),
    approvalId: approvalIdSchema.nullable(),
    decision: decisionKindSchema,
    reason: z.string(),
    reasonCode: reasonCodeSchema,
    risk: riskSchema,
    createdAt: timestampSchema,
    metadata: z.record(z.string(), z.unknown()).nullable(),
    replayed: z.boolean(),
    seq: z.number().int().meta({ description: "The entry's number in the agent's ledger, from 1." }),
    hash: z.string().meta({ description: "SHA-256 of the entry, which holds the hash of the one before." }),
  })
  .meta({ id: "LogItem" });
export type LogItem = z.infer<typeof logItemSchema>;

export const maxLogPage = 500;

export const logFilterSchema = z.object({
  decision: decisionKindSchema.optional(),
  allowed: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional(),
  risk: riskSchema.optional(),
  action: z.string().max(256).optional(),
  vendor: z.string().max(1024).optional(),
  requestId: requestIdSchema.optional(),
  agentId: agentIdSchema.optional(),
  approvalId: approvalIdSchema.optional(),
  environment: z.string().max(1024).optional(),
  from: timestampSchema.optional(),
  to: timestampSchema.optional(),
  q: z.string().max(200).optional(),
  limit: z.coerce
    .number({ error: "must be a whole number" })
    .int({ error: "must be a whole number" })
    .min(1, { error: "must be 1 or more" })
    .max(maxLogPage, { error: `must be ${maxLogPage} or less` })
    .optional(),
  cursor: z.string().max(400).optional(),
  page: z.coerce
    .number({ error: "must be a whole number" })
    .int({ error: "must be a whole number" })
    .min(1, { error: "must be 1 or more" })
    .max(10_000, { error: "must be 10000 or less; page further with cursor" })
    .optional(),
});
export type LogFilter = z.infer<typeof logFilterSchema>;

export const logSummarySchema = z
  .object({
    total: z.number().int(),
    allowed: z.number().int(),
    denied: z.number().int(),
    approvalRequired: z.number().int(),
  })
  .meta({ id: "LogSummary" });

export const paginationSchema = z
  .object({
    limit: z.number().int(),
    page: z.number().int().nullable(),
    nextCursor: z.string().nullable(),
    hasMore: z.boolean(),
  })
  .meta({ id: "Pagination" });

export const logPageSchema = z
  .object({
    logs: z.array(logItemSchema),
    summary: logSummarySchema,
    countedFrom: timestampSchema.optional().meta({
      description:
        "Only where there are too many to count all: `summary` leaves out what is older than this.",
    }),
    pagination: paginationSchema,
  })
  .meta({ id: "LogPage" });
export type LogPage = z.infer<typeof logPageSchema>;

/** The columns that every CSV export starts with, in this order. */
export const csvColumns = [
  "createdAt",
  "decision",
  "approvalRequired",
  "risk",
  "agentId",
  "agentName",
  "action",
  "vendor",
  "environment",
  "amount",
  "reason",
  "requestId",
  "approvalId",
] as const;

export const ledgerVerificationSchema = z
  .object({
    ok: z.boolean(),
    agentId: agentIdSchema,
    entries: z.number().int().meta({ description: "How many entries were checked." }),
    head: z.object({ seq: z.number().int(), hash: z.string() }),
    firstWrong: z
      .object({
        seq: z.number().int(),
        requestId: requestIdSchema.nullable(),
        problem: z.enum(["missing", "hash_mismatch", "broken_link", "copy_differs", "head_mismatch"]),
        detail: z.string(),
      })
      .nullable(),
  })
  .meta({ id: "LedgerVerification" });
export type LedgerVerification = z.infer<typeof ledgerVerificationSchema>;
