import * as z from "zod";
import { agentWithPermissionsSchema } from "../../../contract/agent.ts";
import { agentIdSchema } from "../../../contract/ids.ts";
import { agentWithPermissions } from "../../agent-with-permissions.ts";
import { route } from "../../operation.ts";

export const readDashboardAgentRoute = route(
  {
    method: "get",
    path: "/api/dashboard/agents/{id}",
    id: "readDashboardAgent",
    tag: "Agents",
    summary: "An agent with its permissions, ended ones too",
    access: { kind: "person", capability: "read" },
    params: z.object({ id: agentIdSchema }),
    answers: {
      200: { description: "The agent and its permissions.", schema: agentWithPermissionsSchema },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, person, params }) => c.json(await agentWithPermissions(c, person.accountId, params.id, "all")),
);
