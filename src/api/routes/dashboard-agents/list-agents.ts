import * as z from "zod";
import { agentSchema } from "../../../contract/agent.ts";
import { agentsOfAccount } from "../../../db/agents.ts";
import { route } from "../../operation.ts";
import { pageQuery } from "../../page-query.ts";

export const listAgentsRoute = route(
  {
    method: "get",
    path: "/api/dashboard/agents",
    id: "listAgents",
    tag: "Agents",
    summary: "The workspace's agents, newest first",
    access: { kind: "person", capability: "read" },
    query: pageQuery(100),
    answers: {
      200: {
        description: "A page of agents.",
        schema: z.object({ agents: z.array(agentSchema), nextCursor: z.string().nullable() }),
      },
    },
  },
  async ({ c, env, now, person, query: { limit, cursor } }) =>
    c.json(await agentsOfAccount(env.DB, person.accountId, { limit, cursor, now })),
);
