import * as z from "zod";
import { agentSchema, createAgentBodySchema } from "../../../contract/agent.ts";
import { agentIn } from "../../agent-with-permissions.ts";
import { issueAgent } from "../../issue-agent.ts";
import { route } from "../../operation.ts";

export const createDashboardAgentRoute = route(
  {
    method: "post",
    path: "/api/dashboard/agents",
    id: "createDashboardAgent",
    tag: "Agents",
    summary: "Make an agent, and see it whole",
    access: { kind: "person", capability: "build" },
    body: createAgentBodySchema,
    answers: {
      201: {
        description: "The agent, and its key: shown in this answer and never again.",
        schema: z.object({ agent: agentSchema, apiKey: z.string() }),
      },
    },
  },
  async ({ c, person, body }) => {
    const { agentId, apiKey } = await issueAgent(c, person, body);
    return c.json({ agent: await agentIn(c, person.accountId, agentId), apiKey }, 201);
  },
);
