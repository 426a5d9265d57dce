import type { AccountId, AgentId } from "../contract/ids.ts";
import { decisionKinds, type DecisionKind } from "../contract/log.ts";
import type { LogSeries } from "../contract/log-series.ts";

/** How many decisions one scan counts at most: the newest. */
export const maxCounted = 50_000;

export type SeriesQuery = {
  /** Epoch milliseconds. `to` is not itself counted. */
  from: number;
  to: number;
  agentId?: AgentId | undefined;
  buckets: number;
};

type Row = { bucket: number; decision: DecisionKind; count: number; oldest: number };

/**
 * The account's decisions over time. Of the whole account each counted decision costs one row of an index that
 * holds all that is needed; of one agent it costs the decision's row too. Sorting into buckets reads each once more.
 */
export async function logSeries(
  d1: D1Database,
  accountId: AccountId,
  query: SeriesQuery,
): Promise<LogSeries> {
  const { from, to } = query;
  const bucketMs = Math.ceil((to - from) / query.buckets);
  const scans = await d1.batch<Row>(statements(d1, accountId, query, bucketMs));
  const buckets = Array.from({ length: Math.ceil((to - from) / bucketMs) }, (_, index) => ({
    from: new Date(from + index * bucketMs).toISOString(),
    allowed: 0,
    denied: 0,
    approvalRequired: 0,
  }));
  const summary = { total: 0, allowed: 0, denied: 0, approvalRequired: 0 };
  let countedFrom: number | null = null;
  for (const { results: rows } of scans) {
    let counted = 0;
    for (const { bucket, decision, count } of rows) {
      const name = decision === "approval_required" ? "approvalRequired" : decision;
      const at = buckets[bucket];
      if (at !== undefined) at[name] += count;
      summary[name] += count;
      counted += count;
    }
    summary.total += counted;
    if (counted >= maxCounted)
      countedFrom = Math.max(countedFrom ?? 0, Math.min(...rows.map(({ oldest }) => oldest)));
  }
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    bucketMs,
    countedFrom: countedFrom === null ? null : new Date(countedFrom).toISOString(),
    buckets,
    summary,
  };
}

// An index that begins with the account and the kind holds everything that is counted, so each kind is a scan of
// its own; an agent's decisions are in order too, but their kind is in their rows.
function statements(
  d1: D1Database,
  accountId: AccountId,
  { from, to, agentId }: SeriesQuery,
  bucketMs: number,
): D1PreparedStatement[] {
  const scan = (index: string, condition: string, value: string) =>
    d1
      .prepare(
        // D1 hands every number over as a fraction; without the casts a division would leave one.
        `SELECT CAST(created_at - ?1 AS INTEGER) / CAST(?3 AS INTEGER) AS bucket, decision, count(*) AS count, min(created_at) AS oldest FROM (
           SELECT created_at, decision FROM decisions INDEXED BY ${index}
           WHERE account_id = ?4 AND ${condition} = ?5 AND created_at >= ?1 AND created_at < ?2
           ORDER BY created_at DESC LIMIT ${maxCounted})
         GROUP BY bucket, decision`,
      )
      .bind(from, to, bucketMs, accountId, value);
  return agentId === undefined
    ? decisionKinds.map((kind) => scan("decisions_by_kind", "decision", kind))
    : [scan("decisions_by_agent", "agent_id", agentId)];
}
