import * as z from "zod";
import { approvalPage } from "../../../contract/approval-page.ts";
import { agentApprovalSchema } from "../../../contract/approval.ts";
import { approvalIdSchema } from "../../../contract/ids.ts";
import { agentApproval, approvalOfAgent } from "../../../db/approvals.ts";
import { gateOf } from "../../../gates/gate-name.ts";
import { waitForChange } from "../../../gates/wait.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";

const maxWaitSeconds = 55;

export const readApprovalRoute = route(
  {
    method: "get",
    path: "/api/approvals/{id}",
    id: "readApproval",
    tag: "Approvals",
    summary: "How a request of the calling agent stands",
    description: "With `wait` the answer is held until the status changes, or that many seconds have passed.",
    access: { kind: "agent" },
    params: z.object({ id: approvalIdSchema }),
    query: z.object({
      wait: z.coerce
        .number({ error: "must be a whole number of seconds" })
        .int({ error: "must be a whole number of seconds" })
        .min(1, { error: "must be 1 or more" })
        .max(maxWaitSeconds, { error: `must be ${maxWaitSeconds} or less` })
        .optional(),
    }),
    answers: { 200: { description: "The approval.", schema: agentApprovalSchema } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, now, agent, params, query }) => {
    const copy = await approvalOfAgent(env.DB, agent.agentId, params.id, now);
    if (copy === undefined)
      throw new Problem("NOT_FOUND", { detail: "This agent asked for no such approval." });
    const gate = gateOf(env.GATE, copy.agentId, copy.permissionId);
    const approval =
      query.wait === undefined
        ? await gate.read({ approvalId: params.id, now })
        : await waitForChange(gate, params.id, query.wait * 1000, c.req.raw.signal, copy.status);
    // What has long ended has left the gate; its copy stays.
    return c.json(agentApproval(approval ?? copy, approvalPage(env.PUBLIC_URL, params.id)));
  },
);
