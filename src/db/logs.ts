import * as z from "zod";
import { agentIdSchema, type AccountId, type AgentId } from "../contract/ids.ts";
import { decisionKinds, type DecisionKind, type LogFilter, type LogPage } from "../contract/log.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../crypto/encoding.ts";
import { logItem, type DecisionText } from "./decisions.ts";

export const defaultLogPage = 50;

/** A place in the order of logs: newest first, and within a millisecond as the ledgers numbered them. */
export type LogPosition = { createdAt: number; seq: number; agentId: AgentId };
export type LogRow = DecisionText & LogPosition & { agentName: string };

/** How far back one page looks, in decisions: for what passes its filter, and for what its summary counts. */
export const lookedAt = 20_000;

type Value = string | number;
type Condition = { sql: string; values: Value[] };
/**
 * `along` is what the index answers by itself; `where` is all of the filter. An index is in order within each of the
 * `scans`, and SQLite merges them.
 */
type Selection = {
  index: string;
  scans: readonly string[];
  along: Condition;
  where: Condition;
  isSearch: boolean;
};

// Before every agent's first entry of a millisecond.
const nobody: AgentId = `agent_${"0".repeat(16)}`;

/**
 * One page of an account's logs, or null when `cursor` is not one that a page gave. Where a page has to end before
 * it is full, because it has looked far enough, its cursor goes on from there.
 */
export async function logPage(
  db: D1Database,
  accountId: AccountId,
  filter: LogFilter,
  far = lookedAt,
): Promise<LogPage | null> {
  const after = filter.cursor === undefined ? undefined : readCursor(filter.cursor);
  if (after === null) return null;
  const limit = filter.limit ?? defaultLogPage;
  const page = after === undefined ? (filter.page ?? 1) : null;
  const selection = select(accountId, filter);
  const [countedFrom, shownFrom] = await edges(db, selection, after, far);
  const [found, counts] = await db.batch([
    rowsStatement(db, within(selection, shownFrom), {
      after,
      limit: limit + 1,
      offset: ((page ?? 1) - 1) * limit,
    }),
    countStatement(db, within(selection, countedFrom)),
  ]);
  const rows = (found?.results ?? []) as LogRow[];
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : edgePosition(shownFrom);
  return {
    logs: shown.map((row) => logItem(row, row.agentName)),
    summary: summaryOf((counts?.results ?? []) as KindCount[]),
    ...(countedFrom === null ? {} : { countedFrom: new Date(countedFrom).toISOString() }),
    pagination: {
      limit,
      page,
      nextCursor: last === undefined ? null : writeCursor(last),
      hasMore: last !== undefined,
    },
  };
}

/** The page of a filter that nothing passes. */
export function emptyLogPage({ limit = defaultLogPage, cursor, page }: LogFilter): LogPage {
  return {
    logs: [],
    summary: summaryOf([]),
    pagination: {
      limit,
      page: cursor === undefined ? (page ?? 1) : null,
      nextCursor: null,
      hasMore: false,
    },
  };
}

/**
 * The moments before which a page does not look, null where it sees everything: for its count, and for its rows. What
 * an index finds by itself needs no edge to be found soon.
 */
async function edges(
  db: D1Database,
  selection: Selection,
  after: LogPosition | undefined,
  far: number,
): Promise<[number | null, number | null]> {
  const { isSearch } = selection;
  if (isFoundAtOnce(selection)) return [null, null];
  const edge = (from: LogPosition | undefined) => edgeStatement(db, selection, from, far);
  const statements = after === undefined || !isSearch ? [edge(undefined)] : [edge(undefined), edge(after)];
  const results = await db.batch<{ edge: number }>(statements);
  const [all = null, rest = null] = results.map(({ results: [row] }) => row?.edge ?? null);
  if (after === undefined) return [all, all];
  return [all, isSearch ? rest : null];
}

const isFoundAtOnce = ({ index }: Selection) =>
  index === "decisions_by_request" || index === "decisions_by_approval";

function edgeStatement(
  db: D1Database,
  { index, scans, along }: Selection,
  from: LogPosition | undefined,
  far: number,
): D1PreparedStatement {
  const scanned = scans.map(
    (scan) =>
      `SELECT d.created_at AS edge FROM decisions d INDEXED BY ${index} WHERE ${along.sql} AND ${scan} ${isBefore(from)}`,
  );
  return db
    .prepare(`${scanned.join(" UNION ALL ")} ORDER BY edge DESC LIMIT 1 OFFSET ?`)
    .bind(...scans.flatMap(() => [...along.values, ...positionOf(from)]), far - 1);
}

function within({ where, ...selection }: Selection, from: number | null): Selection {
  if (from === null) return { ...selection, where };
  const sql = `${where.sql} AND d.created_at >= ?`;
  return { ...selection, where: { sql, values: [...where.values, from] } };
}

function edgePosition(edge: number | null): LogPosition | undefined {
  return edge === null ? undefined : { createdAt: edge, seq: 0, agentId: nobody };
}

/** One step of an export. `next` is where the one after it goes on, null at the end. */
export type LogStep = { rows: LogRow[]; next: LogPosition | null; statements: number };

/**
 * The next rows of an account's logs after a position. Where the filter searches, they are looked for among the next
 * `far` decisions only: a step may then be short, or empty, before the end.
 */
export async function logRows(
  db: D1Database,
  accountId: AccountId,
  filter: LogFilter,
  after: LogPosition | undefined,
  { limit, far }: { limit: number; far: number },
): Promise<LogStep> {
  const selection = select(accountId, filter);
  const isBounded = selection.isSearch && !isFoundAtOnce(selection);
  const found = isBounded ? await edgeStatement(db, selection, after, far).first<{ edge: number }>() : null;
  const edge = found?.edge ?? null;
  const statement = rowsStatement(db, within(selection, edge), { after, limit, offset: 0 });
  const rows = (await statement.all<LogRow>()).results;
  const next = rows.length === limit ? rows.at(-1) : edgePosition(edge);
  return { rows, next: next ?? null, statements: isBounded ? 2 : 1 };
}

function rowsStatement(
  db: D1Database,
  { index, scans, where }: Selection,
  { after, limit, offset }: { after: LogPosition | undefined; limit: number; offset: number },
): D1PreparedStatement {
  const scanned = scans.map(
    (scan) => `
      SELECT d.seq, d.hash, d.entry, d.created_at AS createdAt, d.agent_id AS agentId, a.name AS agentName
      FROM ${withAgents(index)} WHERE ${where.sql} AND ${scan} ${isBefore(after)}`,
  );
  const sql = `${scanned.join(" UNION ALL ")}
    ORDER BY createdAt DESC, seq DESC, agentId DESC LIMIT ? OFFSET ?`;
  return db.prepare(sql).bind(...scans.flatMap(() => [...where.values, ...positionOf(after)]), limit, offset);
}

// CROSS JOIN keeps SQLite from starting at the agents, and the index from being guessed without statistics.
const withAgents = (index: string) =>
  `decisions d INDEXED BY ${index} CROSS JOIN agents a ON a.id = d.agent_id`;

const isBefore = (position: LogPosition | undefined) =>
  position === undefined ? "" : "AND (d.created_at, d.seq, d.agent_id) < (?, ?, ?)";

const positionOf = (position: LogPosition | undefined): Value[] =>
  position === undefined ? [] : [position.createdAt, position.seq, position.agentId];

type KindCount = { decision: DecisionKind; count: number };

function countStatement(db: D1Database, { index, scans, where }: Selection): D1PreparedStatement {
  const sql = `SELECT d.decision, count(*) AS count FROM ${withAgents(index)}
    WHERE ${where.sql} AND (${scans.join(" OR ")}) GROUP BY d.decision`;
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
  const index = indexFor(filter);
  const all: Condition[] = [];
  const along: Condition[] = [];
  const add = (sql: string, ...values: Value[]) => all.push({ sql, values });
  const addAlong = (sql: string, ...values: Value[]) => {
    add(sql, ...values);
    along.push({ sql, values });
  };
  addAlong("d.account_id = ?", accountId);
  if (filter.requestId !== undefined) add("d.request_id = ?", filter.requestId);
  if (filter.approvalId !== undefined) add("d.approval_id = ?", filter.approvalId);
  if (filter.agentId !== undefined) addAlong("d.agent_id = ?", filter.agentId);
  const isByKind = index === "decisions_by_kind";
  if (filter.decision !== undefined && !isByKind) add("d.decision = ?", filter.decision);
  if (filter.allowed !== undefined && !isByKind) add("(d.decision = 'allowed') = ?", Number(filter.allowed));
  if (filter.risk !== undefined) add("d.risk = ?", filter.risk);
  if (filter.action !== undefined) add("d.action = ?", filter.action);
  if (filter.vendor !== undefined) add("d.vendor = ?", filter.vendor);
  if (filter.environment !== undefined) add("d.environment = ?", filter.environment);
  if (filter.from !== undefined) addAlong("d.created_at >= ?", Date.parse(filter.from));
  if (filter.to !== undefined) addAlong("d.created_at <= ?", Date.parse(filter.to));
  if (filter.q !== undefined && filter.q !== "") {
    const matches = searched.map((text) => `instr(lower(${text}), lower(?)) > 0`);
    add(`(${matches.join(" OR ")})`, ...searched.map(() => filter.q ?? ""));
  }
  const scans = isByKind ? kindsOf(filter).map((kind) => `d.decision = '${kind}'`) : ["TRUE"];
  return {
    index,
    scans: scans.length === 0 ? ["FALSE"] : scans,
    along: allOf(along),
    where: allOf(all),
    isSearch: all.length > along.length,
  };
}

function kindsOf({ decision, allowed }: LogFilter): DecisionKind[] {
  return decisionKinds.filter(
    (kind) =>
      (decision === undefined || decision === kind) &&
      (allowed === undefined || allowed === (kind === "allowed")),
  );
}

function allOf(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => sql).join(" AND "),
    values: conditions.flatMap(({ values }) => values),
  };
}

function indexFor(filter: LogFilter): string {
  if (filter.requestId !== undefined) return "decisions_by_request";
  if (filter.approvalId !== undefined) return "decisions_by_approval";
  if (filter.agentId !== undefined) return "decisions_by_agent";
  return "decisions_by_kind";
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
