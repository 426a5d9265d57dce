import * as z from "zod";
import { issuedKeySchema, rotateKeyBodySchema } from "../../../contract/agent.ts";
import { agentIdSchema } from "../../../contract/ids.ts";
import { requireAgent } from "../../agent-key.ts";
import { agentIn } from "../../agent-with-permissions.ts";
import { issueNextKey } from "../../issue-agent.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";

export const rotateOwnKeyRoute = route(
  {
    method: "post",
    path: "/api/agents/{id}/rotate-key",
    id: "rotateOwnKey",
    tag: "Agents",
    summary: "Replace the calling agent's key",
    description:
      "The new key is shown in this answer and never again. The old one ends at once, or after `overlapSeconds`.",
    access: { kind: "agent" },
    params: z.object({ id: agentIdSchema }),
    body: rotateKeyBodySchema,
    answers: { 200: { description: "The agent's id and its new key.", schema: issuedKeySchema } },
    problems: ["CONFLICT"],
  },
  async ({ c, agent, params, body }) => {
    requireAgent(agent, params.id);
    const { status } = await agentIn(c, agent.accountId, agent.agentId);
    // A key that people switched off must not be able to outlive its own replacement.
    if (status === "disabled")
      throw new Problem("CONFLICT", {
        detail: "This agent is disabled.",
        hint: "A person has to enable it first.",
      });
    return c.json(await issueNextKey(c, agent, body.overlapSeconds));
  },
);
