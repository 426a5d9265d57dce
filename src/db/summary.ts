import type { AccountId } from "../contract/ids.ts";
import { decisionKinds } from "../contract/log.ts";

export type Summary = {
  agents: { total: number; active: number; disabled: number };
  approvals: { pending: number };
  /** Of the last 24 hours. */
  decisions: { total: number; allowed: number; denied: number; approvalRequired: number };
};

/** The account in numbers, as they stand at `now`. */
export async function summaryOf(db: D1Database, accountId: AccountId, now: number): Promise<Summary> {
  const since = now - 24 * 3_600_000;
  const [agents, approvals, decisions] = await db.batch<Record<string, number>>([
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
    // Every kind is named because the index by time is one within each: without them all that ever was is read.
    db
      .prepare(
        `SELECT count(*) AS total, count(*) FILTER (WHERE decision = 'allowed') AS allowed,
           count(*) FILTER (WHERE decision = 'denied') AS denied
         FROM decisions
         WHERE account_id = ?1 AND decision IN (SELECT value FROM json_each(?3)) AND created_at >= ?2`,
      )
      .bind(accountId, since, JSON.stringify(decisionKinds)),
  ]);
  const { total = 0, disabled = 0 } = agents?.results[0] ?? {};
  const { pending = 0 } = approvals?.results[0] ?? {};
  const { total: decided = 0, allowed = 0, denied = 0 } = decisions?.results[0] ?? {};
  return {
    agents: { total, active: total - disabled, disabled },
    approvals: { pending },
    decisions: { total: decided, allowed, denied, approvalRequired: decided - allowed - denied },
  };
}
