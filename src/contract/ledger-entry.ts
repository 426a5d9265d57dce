import * as z from "zod";
import {
  accountIdSchema,
  agentIdSchema,
  approvalIdSchema,
  permissionIdSchema,
  requestIdSchema,
} from "./ids.ts";
import { decisionKindSchema } from "./log.ts";
import { reasonCodeSchema, riskSchema } from "./reasons.ts";
import { timestampSchema } from "./text.ts";

/**
 * One decision as an agent's ledger holds it. What is hashed is the canonical JSON of this (RFC 8785), and
 * `prev` is the hash of the entry before, so that no entry can change without all that follow changing too.
 */
export const ledgerEntrySchema = z
  .object({
    v: z.literal(1),
    seq: z.number().int().min(1),
    prev: z.string().meta({ description: "SHA-256 of the entry before in hex; 64 zeros in the first." }),
    requestId: requestIdSchema,
    at: timestampSchema,
    accountId: accountIdSchema,
    agentId: agentIdSchema,
    permissionId: permissionIdSchema.optional(),
    action: z.string(),
    vendor: z.string().optional(),
    amount: z.number().optional(),
    environment: z.string().optional(),
    argumentsHash: z.string().optional().meta({ description: "SHA-256 of the arguments' canonical JSON." }),
    allowed: z.boolean(),
    approvalRequired: z.boolean(),
    approvalId: approvalIdSchema.optional(),
    decision: decisionKindSchema,
    reason: z.string(),
    reasonCode: reasonCodeSchema,
    risk: riskSchema,
    metadata: z.record(z.string(), z.unknown()).optional(),
    replayOf: requestIdSchema.optional().meta({
      description: "Set on the answer to a retry: the request that was answered first.",
    }),
  })
  .meta({ id: "LedgerEntry" });
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
