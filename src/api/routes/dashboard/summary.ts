import * as z from "zod";
import { logSummarySchema } from "../../../contract/log.ts";
import { logSeriesSchema } from "../../../contract/log-series.ts";
import { maxCounted } from "../../../db/log-series.ts";
import { summaryOf } from "../../../db/summary.ts";
import { route } from "../../operation.ts";

const count = z.number().int();

export const summaryRoute = route(
  {
    method: "get",
    path: "/api/dashboard/summary",
    id: "summary",
    tag: "Workspace",
    summary: "The workspace in numbers",
    description: `At most the newest ${maxCounted} decisions of each kind are counted, and \`countedFrom\` says where that cut something off.`,
    access: { kind: "person", capability: "read" },
    answers: {
      200: {
        description: "Agents, what waits for a person, and the decisions of the last 24 hours.",
        schema: z.object({
          agents: z.object({ total: count, active: count, disabled: count }),
          approvals: z.object({ pending: count }),
          decisions: logSummarySchema,
          countedFrom: logSeriesSchema.shape.countedFrom,
        }),
      },
    },
  },
  async ({ c, env, now, person }) => c.json(await summaryOf(env.DB, person.accountId, now)),
);
