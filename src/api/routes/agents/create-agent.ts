import { createAgentBodySchema, issuedKeySchema } from "../../../contract/agent.ts";
import { issueAgent } from "../../issue-agent.ts";
import { route } from "../../operation.ts";

export const createAgentRoute = route(
  {
    method: "post",
    path: "/api/agents",
    id: "createAgent",
    tag: "Agents",
    summary: "Make an agent",
    description: "Its key is shown in this answer and never again.",
    access: { kind: "person", capability: "build" },
    body: createAgentBodySchema,
    answers: { 201: { description: "The agent's id and its key.", schema: issuedKeySchema } },
  },
  async ({ c, body, person }) => {
    const { agentId, apiKey } = await issueAgent(c, person, body);
    return c.json({ agentId, apiKey }, 201);
  },
);
