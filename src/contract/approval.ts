import * as z from "zod";
import { agentIdSchema, approvalIdSchema, permissionIdSchema, requestIdSchema } from "./ids.ts";
import { riskSchema } from "./reasons.ts";
import { isWellFormed, must, timestampSchema } from "./text.ts";

/** How long an approval may be spent after a person gave it, in milliseconds. */
export const grantMs = 30 * 60_000;

export const approvalStatuses = ["pending", "approved", "denied", "used", "expired", "void"] as const;
export const approvalStatusSchema = z.enum(approvalStatuses);
export type ApprovalStatus = (typeof approvalStatuses)[number];

/** What an approval is bound to. Change one byte of it and it is another intent. */
export const intentSchema = z
  .object({
    agentId: agentIdSchema,
    permissionId: permissionIdSchema,
    action: z.string(),
    resource: z.string().optional(),
    amount: z.number().optional(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    environment: z.string().optional(),
    branch: z.string().optional(),
    repository: z.string().optional(),
    command: z.string().optional(),
    filePath: z.string().optional(),
    cwd: z.string().optional(),
  })
  .meta({ id: "Intent" });
export type Intent = z.infer<typeof intentSchema>;

/** An approval as the agent that asked for it may see it. */
export const agentApprovalSchema = z
  .object({
    approvalId: approvalIdSchema,
    status: approvalStatusSchema,
    requestId: requestIdSchema,
    permissionId: permissionIdSchema,
    action: z.string(),
    vendor: z.string().nullable(),
    amount: z.number().nullable(),
    createdAt: timestampSchema,
    expiresAt: timestampSchema,
    decidedAt: timestampSchema.nullable(),
    grantExpiresAt: timestampSchema.nullable(),
    usedAt: timestampSchema.nullable(),
    comment: z.string().nullable(),
    approvalUrl: z.string(),
  })
  .meta({ id: "AgentApproval" });
export type AgentApproval = z.infer<typeof agentApprovalSchema>;

/** An approval as the people of the account see it. */
export const approvalSchema = z
  .object({
    approvalId: approvalIdSchema,
    status: approvalStatusSchema,
    version: z.number().int(),
    agentId: agentIdSchema,
    agentName: z.string(),
    permissionId: permissionIdSchema,
    requestId: requestIdSchema,
    action: z.string(),
    resource: z.string().nullable(),
    vendor: z.string().nullable(),
    amount: z.number().nullable(),
    arguments: z.record(z.string(), z.unknown()).nullable(),
    environment: z.string().nullable(),
    branch: z.string().nullable(),
    repository: z.string().nullable(),
    command: z.string().nullable(),
    filePath: z.string().nullable(),
    cwd: z.string().nullable(),
    fingerprint: z.string().meta({
      description: "SHA-256 of the intent's canonical JSON, in hex: what the approval is bound to.",
    }),
    risk: riskSchema,
    requireDifferentApprover: z.boolean(),
    createdAt: timestampSchema,
    expiresAt: timestampSchema,
    decidedAt: timestampSchema.nullable(),
    decidedBy: z.string().nullable(),
    decidedByName: z.string().nullable(),
    comment: z.string().nullable(),
    grantExpiresAt: timestampSchema.nullable(),
    usedAt: timestampSchema.nullable(),
    usedByRequestId: requestIdSchema.nullable(),
  })
  .meta({ id: "Approval" });
export type Approval = z.infer<typeof approvalSchema>;

// An empty box is no comment, and no reason to refuse a verdict.
const commentSchema = z
  .string({ error: must("must be a string") })
  .trim()
  .max(1000, { error: "must have at most 1000 characters" })
  .refine(isWellFormed, { error: "must be well-formed Unicode" })
  .meta({ description: "Empty is none." });

export const reviewBodySchema = z.strictObject({ comment: commentSchema.optional() }).meta({ id: "Review" });

export const approvedSchema = z
  .object({ approved: z.literal(true), grantExpiresAt: timestampSchema })
  .meta({ id: "Approved" });
export const deniedSchema = z.object({ denied: z.literal(true) }).meta({ id: "Denied" });

export const approvalFilterSchema = z.enum([...approvalStatuses, "all"]);
