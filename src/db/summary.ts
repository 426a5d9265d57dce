import type { AccountId } from "../contract/ids.ts";
import { logSeries } from "./log-series.ts";

export type Summary = {
  agents: { total: number; active: number; disabled: number };
  approvals: { pending: number };
  /** Of the last 24 hours. */
  decisions: { total: number; allowed: number; denied: number; approvalRequired: number };
  /** Where there are too many to count them all: `decisions` leaves out what is older than this. */
  countedFrom: string | null;
};

/** The account in numbers, as they stand at `now`. */
export async function summaryOf(db: D1Database, accountId: AccountId, now: number): Promise<Summary> {
  const day = { from: now - 24 * 3_600_000, to: now + 1, buckets: 1 };
  const [[agents, approvals], { summary, countedFrom }] = await Promise.all([
    db.batch<Record<string, number>>([
      db
        .prepare(
          `SELECT count(*) AS total, count(*) FILTER (WHERE status = 'disabled') AS disabled
           FROM agents WHERE account_id = ?1`,
        )
        .bind(accountId),
      db
        .prepare(
          `SELECT count(*) AS pending FROM approvals
           WHERE account_id = ?1 AND status = 'pending' AND expires_at > ?2`,
        )
        .bind(accountId, now),
    ]),
    logSeries(db, accountId, day),
  ]);
  const { total = 0, disabled = 0 } = agents?.results[0] ?? {};
  const { pending = 0 } = approvals?.results[0] ?? {};
  return {
    agents: { total, active: total - disabled, disabled },
    approvals: { pending },
    decisions: summary,
    countedFrom,
  };
}
