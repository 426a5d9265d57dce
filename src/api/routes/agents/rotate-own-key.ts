import * as z from "zod";
import { issuedKeySchema, rotateKeyBodySchema } from "../../../contract/agent.ts";
import { agentIdSchema } from "../../../contract/ids.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { agentKeyOf, requireAgent } from "../../agent-key.ts";
import { issueNextKey } from "../../issue-agent.ts";
import { route } from "../../operation.ts";

export const rotateOwnKeyRoute = route(
  {
    method: "post",
    path: "/api/agents/{id}/rotate-key",
    id: "rotateOwnKey",
    tag: "Agents",
    summary: "Replace the calling agent's key",
    description:
      "The new key is shown in this answer and never again. The old one ends at once, or after `overlapSeconds`. A key that was replaced and lives on for its overlap makes no other, nor does one of a disabled agent.",
    access: { kind: "agent" },
    params: z.object({ id: agentIdSchema }),
    body: rotateKeyBodySchema,
    answers: { 200: { description: "The agent's id and its new key.", schema: issuedKeySchema } },
    problems: ["CONFLICT"],
  },
  async ({ c, agent, params, body }) => {
    requireAgent(agent, params.id);
    const byKey = await hashSecret(agentKeyOf(c.req.raw));
    return c.json(await issueNextKey(c, agent, body.overlapSeconds, byKey));
  },
);
