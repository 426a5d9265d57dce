import * as z from "zod";
import { issuedKeySchema, rotateKeyBodySchema } from "../../../contract/agent.ts";
import { agentIdSchema } from "../../../contract/ids.ts";
import { agentIn } from "../../agent-with-permissions.ts";
import { issueNextKey } from "../../issue-agent.ts";
import { route } from "../../operation.ts";

export const rotateAgentKeyRoute = route(
  {
    method: "post",
    path: "/api/dashboard/agents/{id}/rotate-key",
    id: "rotateAgentKey",
    tag: "Agents",
    summary: "Replace an agent's key",
    description:
      "The new key is shown in this answer and never again. The old one ends at once, or after `overlapSeconds`.",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: agentIdSchema }),
    body: rotateKeyBodySchema,
    answers: { 200: { description: "The agent's id and its new key.", schema: issuedKeySchema } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, person, params, body }) => {
    await agentIn(c, person.accountId, params.id);
    return c.json(
      await issueNextKey(c, { accountId: person.accountId, agentId: params.id }, body.overlapSeconds),
    );
  },
);
