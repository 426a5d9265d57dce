import { once } from "node:events";
import type { LogItem } from "../../contract/log.ts";
import type { LogQuery } from "../../sdk/logs.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { UserError } from "../failure.ts";
import { argument, choice, flag, moment, text, wholeNumber, type Given } from "../inputs.ts";
import { keepTrying } from "../keep-trying.ts";
import { followLogs } from "../follow-logs.ts";
import { jsonText } from "../output/visible.ts";
import { logLine } from "../views/log-line.ts";

const options = {
  decision: choice(["allowed", "denied", "approval_required"], "only these"),
  action: text("ACTION", "only this action"),
  vendor: text("VENDOR", "only this vendor"),
  env: text("ENVIRONMENT", "only this environment"),
  risk: choice(["low", "medium", "high"], "only this risk"),
  request: text("REQUEST", "only this request"),
  approval: text("APPROVAL", "only what belongs to this approval"),
  since: moment("from this time on: 1h, or 2030-01-31T12:00:00Z"),
  until: moment("up to this time"),
  search: text("TEXT", "only what contains this text"),
  limit: wholeNumber("COUNT", "how many of the newest (50)", 10_000),
  all: flag("of the whole workspace instead of one agent"),
  follow: flag("go on with what comes"),
  csv: flag("everything that matches, as CSV"),
  ndjson: flag("everything that matches, one JSON value a line, fit for behalf ledger verify"),
};

export const logsCommand = command(
  {
    path: ["logs"],
    summary: "see what was decided",
    description: "Oldest first, so that the newest stands last. With the agent's key, or as a person.",
    access: "either",
    args: { agent: argument("the agent; the configured one when not given") },
    options,
    examples: [
      "behalf logs agent_xxx",
      "behalf logs agent_xxx --decision approval_required --since 24h",
      "behalf logs --all --follow",
      "behalf logs agent_xxx --csv > incident.csv",
      "behalf logs agent_xxx --ndjson > ledger.ndjson && behalf ledger verify ledger.ndjson",
    ],
  },
  async (context, { args, options }) => {
    const agentId = options.all === true ? undefined : context.agentId(args.agent);
    const { follow = false, csv = false, ndjson = false } = options;
    if (csv && (ndjson || follow))
      throw new UserError("--csv goes with neither --ndjson nor --follow.", "Choose one of them.");
    if (context.output.isJson && (csv || ndjson || follow))
      throw new UserError(
        "With --json there is one value, so nothing can stream.",
        "Use --ndjson instead of --json.",
      );
    if (follow) return followed(context, agentId, options, ndjson);
    if (csv || ndjson) return exported(context, agentId, options, csv ? "csv" : "ndjson");
    await printed(context, agentId, options);
  },
);

type LogOptions = Given<typeof options>;

async function printed(context: Context, agentId: string | undefined, options: LogOptions): Promise<void> {
  const { output } = context;
  const now = context.now();
  const query = queryOf(options, now);
  const { logs, summary } = await newest(context, agentId, query, options.limit ?? 50);
  output.result({ logs, summary }, () => {
    if (logs.length === 0 && Object.values(query).some((given) => given !== undefined)) {
      output.line("Nothing on record matches.");
      return;
    }
    if (logs.length === 0) {
      output.line("Nothing is on record yet.");
      output.next("behalf verify --action deploy --vendor vercel.com");
      return;
    }
    output.lines(logs.toReversed().map((each) => logLine(each, output.paint, now)));
    const more = summary.total - logs.length;
    if (more > 0) output.note(`  ${more} older ${more === 1 ? "one" : "ones"}; see more with --limit.`);
  });
}

/** The newest entries, newest first, over as many pages as it takes. */
async function newest(context: Context, agentId: string | undefined, query: LogQuery, limit: number) {
  const client = agentId === undefined ? await context.person() : await context.either();
  const { signal } = context;
  const logs: LogItem[] = [];
  let cursor: string | undefined;
  for (;;) {
    const asked = { ...query, limit: Math.min(500, limit - logs.length), cursor };
    const page = await (agentId === undefined
      ? client.logs.search(asked, { signal })
      : client.logs.list(agentId, asked, { signal }));
    logs.push(...page.logs);
    const { nextCursor } = page.pagination;
    if (nextCursor === null || logs.length >= limit) return { logs, summary: page.summary };
    cursor = nextCursor;
  }
}

/** Streams the server's export. What a slow reader has not taken is not fetched. */
async function exported(
  context: Context,
  agentId: string | undefined,
  options: LogOptions,
  format: "csv" | "ndjson",
): Promise<void> {
  const client = await context.person();
  const { signal, output } = context;
  const query = { ...queryOf(options, context.now()), agentId };
  const { stdout } = output.streams;
  for await (const chunk of await client.logs.export(format, query, { signal }))
    if (!stdout.write(chunk)) await once(stdout, "drain", { signal });
}

async function followed(
  context: Context,
  agentId: string | undefined,
  options: LogOptions,
  isNdjson: boolean,
): Promise<void> {
  const { output, signal } = context;
  const { stdout } = output.streams;
  const client = agentId === undefined ? await context.person() : await context.either();
  const query = queryOf(options, context.now());
  const first = await newest(context, agentId, query, options.limit ?? 10);
  const following = {
    client,
    agentId,
    query,
    signal,
    keepTrying: <T>(look: () => Promise<T>) => keepTrying(context, look),
  };
  for await (const item of followLogs(following, first.logs)) {
    const line = isNdjson ? jsonText(item) : logLine(item, output.paint, context.now());
    if (!stdout.write(`${line}\n`)) await once(stdout, "drain", { signal });
  }
}

function queryOf(options: LogOptions, now: number): LogQuery {
  const at = (time: LogOptions["since"]) => {
    if (time === undefined) return undefined;
    return "at" in time ? time.at : new Date(now - time.spanMs).toISOString();
  };
  return {
    decision: options.decision,
    action: options.action,
    vendor: options.vendor,
    environment: options.env,
    risk: options.risk,
    requestId: options.request,
    approvalId: options.approval,
    from: at(options.since),
    to: at(options.until),
    q: options.search,
  };
}
