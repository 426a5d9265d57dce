import * as z from "zod";
import { agentIdSchema, type AccountId, type AgentId } from "../contract/ids.ts";
import type { DecisionKind, LogFilter, LogPage } from "../contract/log.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../crypto/encoding.ts";
import { logItem, type DecisionText } from "./decisions.ts";

export const defaultLogPage = 50;

/** A place in the order of logs: newest first, and within a millisecond as the ledgers numbered them. */
export type LogPosition = { createdAt: number; seq: number; agentId: AgentId };
export type LogRow = DecisionText & LogPosition & { agentName: string };

type Value = string | number;
type Condition = { sql: string; values: Value[] };
type Selection = { from: string; where: Condition };

/** One page of an account's logs, or null when `cursor` is not one that a page gave. */
export async function logPage(
  db: D1Database,
  accountId: AccountId,
  filter: LogFilter,
): Promise<LogPage | null> {
  const after = filter.cursor === undefined ? undefined : readCursor(filter.cursor);
  if (after === null) return null;
  const limit = filter.limit ?? defaultLogPage;
  const page = after === undefined ? (filter.page ?? 1) : null;
  const selection = select(accountId, filter);
  const [found, counts] = await db.batch([
    rowsStatement(db, selection, { after, limit: limit + 1, offset: ((page ?? 1) - 1) * limit }),
    countStatement(db, selection),
  ]);
  const rows = (found?.results ?? []) as LogRow[];
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit;
  return {
    logs: shown.map((row) => logItem(row, row.agentName)),
    summary: summaryOf((counts?.results ?? []) as KindCount[]),
    pagination: { limit, page, nextCursor: hasMore && last ? writeCursor(last) : null, hasMore },
  };
}

/** The next rows of an account's logs after a position: one step of an export. */
export async function logRows(
  db: D1Database,
  accountId: AccountId,
  filter: LogFilter,
  after: LogPosition | undefined,
  limit: number,
): Promise<LogRow[]> {
  const statement = rowsStatement(db, select(accountId, filter), { after, limit, offset: 0 });
  return (await statement.all<LogRow>()).results;
}

function rowsStatement(
  db: D1Database,
  { from, where }: Selection,
  { after, limit, offset }: { after: LogPosition | undefined; limit: number; offset: number },
): D1PreparedStatement {
  const position = after && [after.createdAt, after.seq, after.agentId];
  const sql = `
    SELECT d.seq, d.hash, d.entry, d.created_at AS createdAt, d.agent_id AS agentId, a.name AS agentName
    FROM ${from} WHERE ${where.sql}
    ${position ? "AND (d.created_at, d.seq, d.agent_id) < (?, ?, ?)" : ""}
    ORDER BY d.created_at DESC, d.seq DESC, d.agent_id DESC LIMIT ? OFFSET ?`;
  return db.prepare(sql).bind(...where.values, ...(position ?? []), limit, offset);
}

type KindCount = { decision: DecisionKind; count: number };

function countStatement(db: D1Database, { from, where }: Selection): D1PreparedStatement {
  const sql = `SELECT d.decision, count(*) AS count FROM ${from} WHERE ${where.sql} GROUP BY d.decision`;
  return db.prepare(sql).bind(...where.values);
}

function summaryOf(counts: readonly KindCount[]): LogPage["summary"] {
  const of = (kind: DecisionKind) => counts.find(({ decision }) => decision === kind)?.count ?? 0;
  const [allowed, denied, approvalRequired] = [of("allowed"), of("denied"), of("approval_required")];
  return { total: allowed + denied + approvalRequired, allowed, denied, approvalRequired };
}

// Everything that `q` is looked for in. LIKE would need escaping and takes patterns of 50 bytes only.
const searched = ["d.action", "d.vendor", "json_extract(d.entry, '$.reason')", "d.request_id", "a.name"];

function select(accountId: AccountId, filter: LogFilter): Selection {
  const conditions: Condition[] = [{ sql: "d.account_id = ?", values: [accountId] }];
  const add = (sql: string, ...values: Value[]) => conditions.push({ sql, values });
  if (filter.requestId !== undefined) add("d.request_id = ?", filter.requestId);
  if (filter.approvalId !== undefined) add("d.approval_id = ?", filter.approvalId);
  if (filter.agentId !== undefined) add("d.agent_id = ?", filter.agentId);
  if (filter.decision !== undefined) add("d.decision = ?", filter.decision);
  if (filter.allowed !== undefined) add(`d.decision ${filter.allowed ? "=" : "<>"} 'allowed'`);
  if (filter.risk !== undefined) add("d.risk = ?", filter.risk);
  if (filter.action !== undefined) add("d.action = ?", filter.action);
  if (filter.vendor !== undefined) add("d.vendor = ?", filter.vendor);
  if (filter.environment !== undefined) add("d.environment = ?", filter.environment);
  if (filter.from !== undefined) add("d.created_at >= ?", Date.parse(filter.from));
  if (filter.to !== undefined) add("d.created_at <= ?", Date.parse(filter.to));
  if (filter.q !== undefined && filter.q !== "") {
    const matches = searched.map((text) => `instr(lower(${text}), lower(?)) > 0`);
    add(`(${matches.join(" OR ")})`, ...searched.map(() => filter.q ?? ""));
  }
  return {
    // CROSS JOIN keeps SQLite from starting at the agents, and the index from being guessed without statistics.
    from: `decisions d INDEXED BY ${indexFor(filter)} CROSS JOIN agents a ON a.id = d.agent_id`,
    where: {
      sql: conditions.map(({ sql }) => sql).join(" AND "),
      values: conditions.flatMap(({ values }) => values),
    },
  };
}

function indexFor(filter: LogFilter): string {
  if (filter.requestId !== undefined) return "decisions_by_request";
  if (filter.approvalId !== undefined) return "decisions_by_approval";
  if (filter.agentId !== undefined) return "decisions_by_agent";
  if (filter.decision !== undefined || filter.allowed === true) return "decisions_by_kind";
  return "decisions_by_account";
}

const cursorSchema = z.tuple([z.number().int(), z.number().int(), agentIdSchema]);

function writeCursor({ createdAt, seq, agentId }: LogPosition): string {
  return toBase64Url(utf8(JSON.stringify([createdAt, seq, agentId])));
}

function readCursor(text: string): LogPosition | null {
  const bytes = fromBase64Url(text);
  if (bytes === null) return null;
  try {
    const [createdAt, seq, agentId] = cursorSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return { createdAt, seq, agentId };
  } catch {
    return null;
  }
}
