import * as z from "zod";
import { agentIdSchema, permissionIdSchema } from "./ids.ts";
import { limits, previewBodySchema } from "./verify.ts";
import { exactWords, text, timestampSchema } from "./text.ts";

// An empty list could mean "nothing" to one owner and "no limit" to another, so it is refused.
function list(entry: z.ZodString) {
  return z
    .array(entry, { error: "must be a list of strings" })
    .min(1, { error: "must have at least one entry; leave the field out for no limit" })
    .max(limits.permissionEntries, { error: `must have at most ${limits.permissionEntries} entries` });
}

function actions() {
  return z
    .array(text(limits.actionCharacters), { error: "must be a list of strings" })
    .max(limits.permissionEntries, { error: `must have at most ${limits.permissionEntries} entries` });
}

const vendors = () => list(text(limits.resourceCharacters));
const globs = () => list(text(limits.patternCharacters));

export const constraintsSchema = z
  .strictObject({
    maxAmount: z.number({ error: "must be a number" }).min(0, { error: "must be 0 or more" }).optional(),
    allowedVendors: vendors().optional(),
    expiresAt: timestampSchema.optional(),
    allowedPaths: globs().optional(),
    deniedPaths: globs().optional(),
    // To the byte: trimmed, "rm " would be in "inform".
    deniedCommands: list(exactWords(limits.patternCharacters))
      .optional()
      .meta({ description: "Texts that stand nowhere in the command, the spaces in them included." }),
    allowedEnvironments: globs().optional(),
    deniedEnvironments: globs().optional(),
    allowedBranches: globs().optional(),
    deniedBranches: globs().optional(),
    allowedRepositories: globs().optional(),
    deniedRepositories: globs().optional(),
  })
  .meta({ id: "Constraints" });
export type Constraints = z.infer<typeof constraintsSchema>;

/** What makes a permission: everything that its owner says, nothing that the system adds. */
export const permissionFields = {
  action: text(limits.actionCharacters).meta({ examples: ["deploy_production"] }),
  resource: text(limits.resourceCharacters)
    .optional()
    .meta({ examples: ["vercel.com"] }),
  description: text(limits.descriptionCharacters).optional(),
  scope: text(limits.scopeCharacters).optional(),
  notes: text(limits.descriptionCharacters).optional(),
  template: text(limits.templateCharacters).optional(),
  allowedActions: actions().default([]),
  blockedActions: actions().default([]),
  requiresApproval: z.boolean({ error: "must be true or false" }).default(false),
  requireDifferentApprover: z.boolean({ error: "must be true or false" }).default(false).meta({
    description:
      "The person who approves must not be the one who created the agent. Only together with requiresApproval.",
  }),
  constraints: constraintsSchema.default({}),
};

export const permissionSpecSchema = z.strictObject(permissionFields).meta({ id: "PermissionSpec" });
export type PermissionSpec = z.infer<typeof permissionSpecSchema>;
export type PermissionInput = z.input<typeof permissionSpecSchema>;

export const createPermissionBodySchema = z
  .strictObject({ agentId: agentIdSchema, ...permissionFields })
  .meta({ id: "CreatePermission" });

/** What stands for a permission that is not saved, in the trace of its preview. */
export const draftPermissionId = "perm_draft";

/** A sample request, and the change of permissions to try it with. */
export const explainDraftBodySchema = z
  .strictObject({
    request: previewBodySchema,
    draft: permissionSpecSchema.optional().meta({
      description: `A permission as if it were given now; the trace calls it ${draftPermissionId}.`,
    }),
    replaces: permissionIdSchema
      .optional()
      .meta({ description: "A permission of this agent as if it had ended." }),
  })
  .meta({ id: "ExplainDraft" });

/** What people make of a permission. That its time is over is no deed: see the status of a permission that is shown. */
export const permissionStatusSchema = z.enum(["active", "revoked", "replaced"]);

export const permissionSchema = z
  .object({
    permissionId: permissionIdSchema,
    agentId: agentIdSchema,
    ...permissionFields,
    status: z
      .enum([...permissionStatusSchema.options, "expired"])
      .meta({ description: "`expired` when its `constraints.expiresAt` has passed." }),
    replacedBy: permissionIdSchema.nullable(),
    createdAt: timestampSchema,
    revokedAt: timestampSchema.nullable(),
  })
  .meta({ id: "Permission" });
export type Permission = z.infer<typeof permissionSchema>;
