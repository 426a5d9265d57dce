import * as z from "zod";
import { logFilterSchema, logPageSchema } from "../../../contract/log.ts";
import { logPage, lookedAt } from "../../../db/logs.ts";
import { exportLimits, exportLogs, type ExportFormat } from "../../../ledger/export.ts";
import { agentIn } from "../../agent-with-permissions.ts";
import { route } from "../../operation.ts";
import { unknownCursor } from "../../unknown-cursor.ts";

const mediaTypes: Record<ExportFormat, string> = {
  csv: "text/csv; charset=utf-8",
  ndjson: "application/x-ndjson; charset=utf-8",
};

const grouped = (count: number) => count.toLocaleString("en");

export const dashboardLogsRoute = route(
  {
    method: "get",
    path: "/api/dashboard/logs",
    id: "dashboardLogs",
    tag: "Logs",
    summary: "The workspace's decisions",
    description: `Newest first. A page looks at no more than about ${lookedAt} decisions for what passes the filter; where that is not enough, it has fewer entries, or none, and \`nextCursor\` goes on from there. Its summary counts as far, and \`countedFrom\` says where that cut something off. With \`format\` everything that passes the filter is streamed as a file, whatever \`limit\`, \`cursor\` and \`page\` say. A file ends at ${grouped(exportLimits.all)} decisions, or at ${grouped(exportLimits.found)} found among ${grouped(exportLimits.searched)} where it has a filter: it then breaks off, and the rest comes with an earlier \`to\`.`,
    access: { kind: "person", capability: "read" },
    query: logFilterSchema.extend({ format: z.enum(["csv", "ndjson"]).optional() }),
    answers: {
      200: {
        description: "A page of decisions with its summary, or the export.",
        schema: logPageSchema,
        content: {
          "text/csv": "One row a decision. What a spreadsheet would run as a formula is marked as text.",
          "application/x-ndjson":
            "One decision a line, with the ledger's own text of it, so that the chain can be checked from the file.",
        },
      },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, now, person, query: { format, ...filter } }) => {
    // Who looks at one agent wants to see what it did a moment ago.
    if (filter.agentId !== undefined) {
      await agentIn(c, person.accountId, filter.agentId);
      await env.LEDGER.getByName(filter.agentId).flush();
    }
    if (format !== undefined) {
      const day = new Date(now).toISOString().slice(0, 10);
      return c.body(exportLogs(env.DB, person.accountId, filter, format), 200, {
        "Content-Type": mediaTypes[format],
        "Content-Disposition": `attachment; filename="behalfid-logs-${day}.${format}"`,
      });
    }
    const page = await logPage(env.DB, person.accountId, filter);
    if (page === null) throw unknownCursor();
    return c.json(page);
  },
);
