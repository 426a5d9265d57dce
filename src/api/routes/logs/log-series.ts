import { logSeriesQuerySchema, logSeriesSchema } from "../../../contract/log-series.ts";
import { logSeries, maxCounted } from "../../../db/log-series.ts";
import { agentIn } from "../../agent-with-permissions.ts";
import { route } from "../../operation.ts";
import { invalidRequest } from "../../problem.ts";

const defaultMs = 24 * 3_600_000;

export const logSeriesRoute = route(
  {
    method: "get",
    path: "/api/dashboard/logs/series",
    id: "logSeries",
    tag: "Logs",
    summary: "Decisions over time",
    description: `Counts by decision in buckets of equal length, oldest first. Costs two rows read for each decision that is counted, three where it is about one agent; at most the newest ${maxCounted} are counted, of each kind and of one agent, and \`countedFrom\` says where that cut something off.`,
    access: { kind: "person", capability: "read" },
    query: logSeriesQuerySchema,
    answers: { 200: { description: "The series.", schema: logSeriesSchema } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, now, person, query: { agentId, buckets, ...range } }) => {
    // The end is not part of the range, and this very millisecond belongs to "until now".
    const to = range.to === undefined ? now + 1 : Date.parse(range.to);
    const from = range.from === undefined ? to - defaultMs : Date.parse(range.from);
    if (to - from < buckets)
      throw invalidRequest([{ field: "from", rule: "must be before `to`, a millisecond for each bucket" }]);
    if (agentId !== undefined) {
      await agentIn(c, person.accountId, agentId);
      await env.LEDGER.getByName(agentId).flush();
    }
    return c.json(await logSeries(env.DB, person.accountId, { from, to, agentId, buckets }));
  },
);
