import * as z from "zod";
import { approvalFilterSchema, approvalSchema } from "../../../contract/approval.ts";
import { agentIdSchema, approvalIdSchema } from "../../../contract/ids.ts";
import { approvalOfAccount, approvalsOfAccount } from "../../../db/approvals.ts";
import { route } from "../../operation.ts";
import { pageQuery } from "../../page-query.ts";
import { Problem } from "../../problem.ts";

const access = { kind: "person", capability: "read" } as const;

export const listApprovalsRoute = route(
  {
    method: "get",
    path: "/api/dashboard/approvals",
    id: "listApprovals",
    tag: "Approvals",
    summary: "What waits for a person, and what was decided",
    description: "Pending ones unless `status` says otherwise, newest first.",
    access,
    query: pageQuery(100).extend({
      status: approvalFilterSchema.default("pending"),
      agentId: agentIdSchema.optional(),
    }),
    answers: {
      200: {
        description: "A page of approvals.",
        schema: z.object({ approvals: z.array(approvalSchema), nextCursor: z.string().nullable() }),
      },
    },
  },
  async ({ c, env, now, person, query }) =>
    c.json(await approvalsOfAccount(env.DB, person.accountId, { ...query, now })),
);

export const showApprovalRoute = route(
  {
    method: "get",
    path: "/api/dashboard/approvals/{id}",
    id: "showApproval",
    tag: "Approvals",
    summary: "One approval, with everything that it is bound to",
    access,
    params: z.object({ id: approvalIdSchema }),
    answers: {
      200: { description: "The approval.", schema: z.object({ approval: approvalSchema }) },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, now, person, params }) => {
    const approval = await approvalOfAccount(env.DB, person.accountId, params.id, now);
    if (approval === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such approval." });
    return c.json({ approval });
  },
);
