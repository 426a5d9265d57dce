import * as z from "zod";
import { agentStatusSchema } from "./agent.ts";
import { permissionIdSchema } from "./ids.ts";
import { permissionFields, permissionStatusSchema } from "./permission.ts";
import { reasonCodeSchema } from "./reasons.ts";
import { text, timestampSchema } from "./text.ts";
import { previewBodySchema } from "./verify.ts";

const casePermissionSchema = z
  .strictObject({
    permissionId: permissionIdSchema
      .optional()
      .meta({ description: "Left out: perm_1 for the first of the list, perm_2 for the second, and so on." }),
    status: permissionStatusSchema.default("active"),
    createdAt: timestampSchema
      .optional()
      .meta({ description: "Left out: 2020-01-01 and a second more for each, so the last is the newest." }),
    ...permissionFields,
  })
  .meta({ id: "CasePermission" });

const caseFactsSchema = z
  .strictObject({
    agent: z.strictObject({ status: agentStatusSchema.default("active") }).default({ status: "active" }),
    permissions: z.array(casePermissionSchema, { error: "must be a list of permissions" }).default([]),
  })
  .meta({ id: "CaseFacts" });

const expectationSchema = z
  .strictObject({
    outcome: z.enum(["allow", "deny", "ask"], { error: "must be allow, deny or ask" }),
    reasonCode: reasonCodeSchema.optional(),
    permissionId: permissionIdSchema.optional(),
    requireDifferentApprover: z.boolean({ error: "must be true or false" }).optional(),
  })
  .meta({ id: "Expectation" });

const decisionCaseSchema = z
  .strictObject({
    name: text(200),
    request: previewBodySchema,
    facts: caseFactsSchema.optional(),
    now: timestampSchema.optional(),
    expect: expectationSchema,
  })
  .meta({ id: "DecisionCase" });

/**
 * A file of decisions as data: what is asked, what is known, when, and what must be answered. `facts` and `now` at
 * the top hold for every case that does not bring its own. Permissions and requests are written as the API takes
 * them.
 */
export const decisionCasesSchema = z
  .strictObject({
    about: text(2000).optional(),
    now: timestampSchema
      .default("2030-01-01T00:00:00Z")
      .meta({ description: "The moment of the decisions. Left out: the first of January 2030." }),
    facts: caseFactsSchema.default({ agent: { status: "active" }, permissions: [] }),
    cases: z
      .array(decisionCaseSchema, { error: "must be a list of cases" })
      .min(1, { error: "must have at least one case" }),
  })
  .meta({ id: "DecisionCases" });

export type CaseFacts = z.infer<typeof caseFactsSchema>;
export type CasePermission = z.infer<typeof casePermissionSchema>;
export type DecisionCase = z.infer<typeof decisionCaseSchema>;
export type DecisionCases = z.infer<typeof decisionCasesSchema>;
/** A file of decisions as its author writes it, with everything left out that has a default. */
export type DecisionCasesInput = z.input<typeof decisionCasesSchema>;
