import * as z from "zod";
import { agentSchema, editAgentBodySchema } from "../../../contract/agent.ts";
import { agentIdSchema } from "../../../contract/ids.ts";
import { editAgent } from "../../../db/agents.ts";
import { agentIn } from "../../agent-with-permissions.ts";
import { route } from "../../operation.ts";

export const editAgentRoute = route(
  {
    method: "patch",
    path: "/api/dashboard/agents/{id}",
    id: "editAgent",
    tag: "Agents",
    summary: "Rename or describe an agent",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: agentIdSchema }),
    body: editAgentBodySchema,
    answers: {
      200: { description: "The agent as it is now.", schema: z.object({ agent: agentSchema }) },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params, body }) => {
    await agentIn(c, person.accountId, params.id);
    await editAgent(env.DB, person.accountId, params.id, body);
    return c.json({ agent: await agentIn(c, person.accountId, params.id) });
  },
);
