import * as z from "zod";
import { agentIdSchema } from "../../../contract/ids.ts";
import { logFilterSchema, logItemSchema, logPageSchema } from "../../../contract/log.ts";
import { defaultLogPage, emptyLogPage, logPage } from "../../../db/logs.ts";
import { logItem } from "../../../db/decisions.ts";
import { requireAgent } from "../../agent-key.ts";
import { unknownCursor } from "../../unknown-cursor.ts";
import { route } from "../../operation.ts";

export const agentLogsRoute = route(
  {
    method: "get",
    path: "/api/logs/{agentId}",
    id: "agentLogs",
    tag: "Logs",
    summary: "The calling agent's own record",
    description:
      "Without a query: the 50 newest entries as a list. With any: a page with its summary. Either sees what was just written. There is nothing of another agent here: with its `agentId` the page is empty.",
    access: { kind: "agent" },
    overload: "UNAVAILABLE",
    params: z.object({ agentId: agentIdSchema }),
    query: logFilterSchema,
    answers: {
      200: {
        description: "The entries, newest first.",
        schema: z.union([z.array(logItemSchema), logPageSchema]),
      },
    },
  },
  async ({ c, env, agent, params, query }) => {
    requireAgent(agent, params.agentId);
    const ledger = env.LEDGER.getByName(agent.agentId);
    if (new URL(c.req.url).search === "") {
      const newest = await ledger.newest(defaultLogPage);
      return c.json(newest.map((link) => logItem(link, agent.agentName)));
    }
    if (query.agentId !== undefined && query.agentId !== agent.agentId) return c.json(emptyLogPage(query));
    await ledger.flush();
    const page = await logPage(env.DB, agent.accountId, { ...query, agentId: agent.agentId });
    if (page === null) throw unknownCursor();
    return c.json(page);
  },
);
