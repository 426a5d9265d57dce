import * as z from "zod";
import { agentWithPermissionsSchema } from "../../../contract/agent.ts";
import { agentIdSchema } from "../../../contract/ids.ts";
import { requireAgent } from "../../agent-key.ts";
import { agentWithPermissions } from "../../agent-with-permissions.ts";
import { route } from "../../operation.ts";

export const readAgentRoute = route(
  {
    method: "get",
    path: "/api/agents/{id}",
    id: "readAgent",
    tag: "Agents",
    summary: "What the calling agent is and may do",
    access: { kind: "agent" },
    params: z.object({ id: agentIdSchema }),
    answers: {
      200: { description: "The agent and its active permissions.", schema: agentWithPermissionsSchema },
    },
  },
  async ({ c, agent, params }) => {
    requireAgent(agent, params.id);
    return c.json(await agentWithPermissions(c, agent.accountId, agent.agentId, "active"));
  },
);
