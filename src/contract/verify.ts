import * as z from "zod";
import { approvalIdSchema, permissionIdSchema, requestIdSchema } from "./ids.ts";
import { limits } from "./limits.ts";
import { reasonCodeSchema, riskSchema } from "./reasons.ts";
import { exactText, jsonObject, ofBytes, text, timestampSchema } from "./text.ts";

export { limits };

/** How long a retry with the same Idempotency-Key gets the same packet, in milliseconds. */
export const replayWindowMs = 2 * 60_000;

/** The actions whose approval is bound to a command or a file, and cannot be asked for without one. */
export const targetedActions = ["execute_command", "read_file", "write_file"] as const;

const factText = z
  .string({ error: "must be a string" })
  .max(limits.resourceCharacters, { error: `must have at most ${limits.resourceCharacters} characters` });

// A strict object's own rules, not an intersection: one would let unknown fields through, and throw where the
// trimmed text of one side differs from the other's.
export const policyContextSchema = ofBytes(
  z.strictObject({
    source: text(128).optional(),
    toolName: text(256).optional(),
    cwd: exactText(4096).optional(),
    home: exactText(4096).optional(),
    // Not trimmed: what is matched and bound is what runs, to the byte.
    toolInput: z
      .strictObject({
        command: z.string({ error: "must be a string" }).optional(),
        filePath: z
          .string({ error: "must be a string" })
          .optional()
          .meta({ description: "With a slash at its end: the folder and everything below it." }),
      })
      .optional(),
  }),
  limits.policyContextBytes,
).meta({
  description: "Used to decide; never stored and never sent out.",
  "x-max-bytes": limits.policyContextBytes,
});

const requestFields = {
  action: text(limits.actionCharacters).meta({ examples: ["deploy_production"] }),
  vendor: text(limits.resourceCharacters)
    .optional()
    .meta({ examples: ["vercel.com"] }),
  resource: text(limits.resourceCharacters)
    .optional()
    .meta({ description: "The same as vendor, under another name." }),
  amount: z
    .number({ error: "must be a number" })
    .min(0, { error: "must be 0 or more" })
    .optional()
    .meta({ examples: [742] }),
  arguments: jsonObject(limits.argumentsBytes)
    .optional()
    .meta({ description: "What the action will run with. An approval is bound to it." }),
  metadata: jsonObject(limits.metadataBytes)
    .refine((value) => factsOfMetadata.safeParse(value).success, {
      error: "environment, branch and repository must be strings when they are given",
    })
    .optional()
    .meta({
      description:
        "Logged. Constraints read environment, branch and repository from it, and an approval is bound to those three.",
    }),
  policyContext: policyContextSchema.optional(),
};

const factsOfMetadata = z.looseObject({
  environment: factText.optional(),
  branch: factText.optional(),
  repository: factText.optional(),
});

const oneResource = (request: { vendor?: string | undefined; resource?: string | undefined }) =>
  request.vendor === undefined || request.resource === undefined || request.vendor === request.resource;

const sameResource = {
  error: "must be left out beside vendor, or be the same: they are two names for one thing",
  path: ["resource"],
};

/** The body of `POST /api/verify` and of `POST /api/verify/explain`. */
export const verifyBodySchema = z
  .strictObject({ agentId: text(160).meta({ examples: ["agent_V1StGXR8_Z5jdHi6B-myT"] }), ...requestFields })
  .refine(oneResource, sameResource)
  .meta({ id: "VerifyRequest" });

/** A request as it is previewed: a verify request without its agent, who is known by then. */
export const previewBodySchema = z
  .strictObject(requestFields)
  .refine(oneResource, sameResource)
  .meta({ id: "PreviewRequest" });

/** The body of the passport's preview, which may be one of a verify: its agent is the passport's. */
export const passportPreviewBodySchema = z
  .strictObject({
    agentId: text(160)
      .optional()
      .meta({ description: "May be left out; must be the agent of the passport." }),
    ...requestFields,
  })
  .refine(oneResource, sameResource)
  .meta({ id: "PassportPreviewRequest" });

export type VerifyBody = z.input<typeof verifyBodySchema>;

/** What is decided: the request in the decision's words, whatever surface it came in by. */
export type ActionRequest = {
  action: string;
  resource?: string | undefined;
  amount?: number | undefined;
  arguments?: Record<string, unknown> | undefined;
  metadata?: Record<string, unknown> | undefined;
  policyContext?: z.infer<typeof policyContextSchema> | undefined;
};

/** One request out of the two names that a caller may use for the resource. */
export function actionRequest(body: z.infer<typeof previewBodySchema>): ActionRequest {
  return {
    action: body.action,
    resource: body.resource ?? body.vendor,
    amount: body.amount,
    arguments: body.arguments,
    metadata: body.metadata,
    policyContext: body.policyContext,
  };
}

const packetBase = { requestId: requestIdSchema };
const replayed = z
  .literal(true)
  .optional()
  .meta({ description: "Present on the answer to a retry with the same Idempotency-Key." });

export const allowedPacketSchema = z
  .looseObject({
    ...packetBase,
    allowed: z.literal(true),
    approvalRequired: z.literal(false),
    reason: z.string(),
    risk: riskSchema,
    reasonCode: z.enum(["allowed", "allowed_by_grant"]),
    permissionId: permissionIdSchema,
    nextAction: z.literal("proceed"),
    replayed,
  })
  .meta({ id: "AllowedPacket" });

export const deniedPacketSchema = z
  .looseObject({
    ...packetBase,
    allowed: z.literal(false),
    approvalRequired: z.literal(false),
    reason: z.string(),
    risk: riskSchema,
    reasonCode: reasonCodeSchema,
    permissionId: permissionIdSchema.optional(),
    nextAction: z.literal("stop"),
    comment: z.string().optional().meta({ description: "What the reviewer wrote when they denied it." }),
    replayed,
  })
  .meta({ id: "DeniedPacket" });

export const approvalPacketSchema = z
  .looseObject({
    ...packetBase,
    allowed: z.literal(false),
    approvalRequired: z.literal(true),
    approvalId: approvalIdSchema,
    reason: z.string(),
    risk: z.literal("medium"),
    reasonCode: z.literal("requires_approval"),
    permissionId: permissionIdSchema,
    approvalUrl: z.string(),
    expiresAt: timestampSchema,
    nextAction: z.literal("await_approval"),
    replayed,
  })
  .meta({ id: "ApprovalPacket" });

export const packetSchema = z
  .union([allowedPacketSchema, deniedPacketSchema, approvalPacketSchema])
  .meta({ id: "DecisionPacket" });

type Known<T> = { [Key in keyof T as string extends Key ? never : Key]: T[Key] };
export type AllowedPacket = Known<z.infer<typeof allowedPacketSchema>>;
export type DeniedPacket = Known<z.infer<typeof deniedPacketSchema>>;
export type ApprovalPacket = Known<z.infer<typeof approvalPacketSchema>>;
/** The answer of a verify. Only `allowed: true` is permission to act. */
export type DecisionPacket = AllowedPacket | DeniedPacket | ApprovalPacket;

export const checkNames = [
  "status",
  "expiry",
  "blocked",
  "resource",
  "amount",
  "vendor",
  "environment",
  "branch",
  "repository",
  "paths",
  "commands",
] as const;
export const checkNameSchema = z.enum(checkNames);
export type CheckName = (typeof checkNames)[number];

export const traceStepSchema = z
  .object({
    permissionId: permissionIdSchema,
    action: z.string(),
    matched: z.boolean(),
    requiresApproval: z.boolean(),
    failedCheck: checkNameSchema.optional(),
    reasonCode: reasonCodeSchema.optional(),
    reason: z.string().optional(),
  })
  .meta({ id: "TraceStep" });
export type TraceStep = z.infer<typeof traceStepSchema>;

/** A decision as `explain` shows it: an outcome, and no `allowed` that could be mistaken for permission. */
export const explainedDecisionSchema = z
  .object({
    outcome: z.enum(["allow", "deny", "ask"]),
    reasonCode: reasonCodeSchema,
    reason: z.string(),
    risk: riskSchema,
    permissionId: permissionIdSchema.optional(),
  })
  .meta({ id: "ExplainedDecision" });

export const explanationSchema = z
  .object({ decision: explainedDecisionSchema, trace: z.array(traceStepSchema) })
  .meta({ id: "Explanation" });
export type Explanation = z.infer<typeof explanationSchema>;

export const idempotencyKeySchema = z
  .string()
  .min(1, { error: "must not be empty" })
  .max(limits.idempotencyKeyCharacters, {
    error: `must have at most ${limits.idempotencyKeyCharacters} characters`,
  });
