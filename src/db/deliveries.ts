import * as z from "zod";
import type { Event } from "../contract/event.ts";
import type { AccountId, DeliveryId, EventId, WebhookId } from "../contract/ids.ts";
import { type Attempt, type DeadReason, failingLimitMs, type WebhookFormat } from "../contract/webhook.ts";
import { isHeld, isOver } from "./alert-order.ts";
import { given } from "./database.ts";

/** How many requests may be open to one endpoint at a time. */
export const requestsPerEndpoint = 10;

// The log of a delivery that is replayed again and again does not grow without end.
const keptAttempts = 24;

/** A delivery that is ours to send until its lease ends. Times are epoch milliseconds. */
export type ClaimedDelivery = {
  deliveryId: DeliveryId;
  accountId: AccountId;
  eventId: EventId;
  step: number;
  attemptCount: number;
  /** Whether someone watches the account's feed. */
  isWatched: boolean;
  event: Event;
  /** For PagerDuty: the approval that the event speaks of is over, and no alert is opened for it any more. */
  isOver: boolean;
  webhook: {
    webhookId: WebhookId;
    url: string;
    format: WebhookFormat;
    isActive: boolean;
    isSlow: boolean;
    routingKey: string | null;
    secrets: string[];
  };
};

const isFree = "(lease_until IS NULL OR lease_until <= ?2)";

// INVARIANT: who may send is settled in this one statement. Of two messages for a delivery, whichever comes
// second finds it leased or done. What is beyond an endpoint's requests waits, and so does what must not get ahead of
// another; those that are open now or come before it, one of which will bring it on, are open still.
const claim = `
  UPDATE deliveries SET
    lease = CASE WHEN is_next THEN ?3 ELSE lease END,
    lease_until = CASE WHEN is_next THEN ?4 ELSE lease_until END,
    is_waiting = NOT is_next
  FROM (
    SELECT id AS claimed, NOT is_held AND ${requestsPerEndpoint} >=
      row_number() OVER (PARTITION BY webhook_id, is_held ORDER BY next_attempt_at, id)
      + (SELECT count(*) FROM deliveries o WHERE o.webhook_id = asked.webhook_id AND o.lease_until > ?2) AS is_next
    FROM (
      SELECT d.id, d.webhook_id, d.next_attempt_at, ${isHeld("?2")} AS is_held
      FROM deliveries d
      WHERE d.id IN ${given} AND d.state = 'pending' AND d.next_attempt_at <= ?2 AND ${isFree}) asked)
  WHERE id = claimed`;

const claimedOrEarly = `
  SELECT d.id AS deliveryId, d.account_id AS accountId, d.event_id AS eventId, d.step,
    d.attempt_count AS attemptCount, d.next_attempt_at AS nextAttemptAt,
    d.next_attempt_at > ?2 AS isEarly, e.event,
    w.id AS webhookId, w.url, w.format, w.status = 'active' AS isActive,
    coalesce(w.slow_until > ?2, 0) AS isSlow, w.routing_key AS routingKey,
    ${isOver("?2")} AS isOver,
    (SELECT watched_until > ?2 FROM accounts WHERE id = d.account_id) AS isWatched,
    (SELECT json_group_array(s.sealed) FROM webhook_secrets s
      WHERE s.webhook_id = w.id AND (s.expires_at IS NULL OR s.expires_at > ?2)) AS secrets
  FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN events e ON e.id = d.event_id
  WHERE d.id IN ${given} AND d.state = 'pending' AND (d.lease = ?3 OR d.next_attempt_at > ?2)`;

type ClaimedRow = Omit<ClaimedDelivery, "event" | "isOver" | "isWatched" | "webhook"> & {
  isOver: number;
  nextAttemptAt: number;
  isEarly: number;
  isWatched: number;
  event: string;
  webhookId: WebhookId;
  url: string;
  format: WebhookFormat;
  isActive: number;
  isSlow: number;
  routingKey: string | null;
  secrets: string;
};

const secretsSchema = z.array(z.string());

/**
 * Takes those deliveries for sending that are due, that nobody else is sending, and whose endpoints have a
 * request free; `lease` is the caller's and nobody else's. Says of the others when they are due, if that is later.
 */
export async function claimDeliveries(
  d1: D1Database,
  ids: readonly DeliveryId[],
  { lease, leaseMs, now }: { lease: string; leaseMs: number; now: number },
): Promise<{ claimed: ClaimedDelivery[]; dueAt: Map<DeliveryId, number> }> {
  const asked = JSON.stringify(ids);
  const results = await d1.batch([
    d1.prepare(claim).bind(asked, now, lease, now + leaseMs),
    d1.prepare(claimedOrEarly).bind(asked, now, lease),
  ]);
  const rows = (results[1]?.results ?? []) as ClaimedRow[];
  const early = rows.filter(({ isEarly }) => isEarly === 1);
  return {
    claimed: rows.filter(({ isEarly }) => isEarly === 0).map(claimedFacts),
    dueAt: new Map(early.map(({ deliveryId, nextAttemptAt }) => [deliveryId, nextAttemptAt])),
  };
}

function claimedFacts(row: ClaimedRow): ClaimedDelivery {
  const { deliveryId, accountId, eventId, step, attemptCount } = row;
  const { webhookId, url, format, routingKey } = row;
  return {
    deliveryId,
    accountId,
    eventId,
    step,
    attemptCount,
    isWatched: row.isWatched === 1,
    event: JSON.parse(row.event) as Event,
    isOver: row.isOver === 1,
    webhook: {
      webhookId,
      url,
      format,
      isActive: row.isActive === 1,
      isSlow: row.isSlow === 1,
      routingKey,
      secrets: secretsSchema.parse(JSON.parse(row.secrets)),
    },
  };
}

/** What became of a claimed delivery. Without an attempt, none was made. */
export type DeliveryOutcome = {
  deliveryId: DeliveryId;
  webhookId: WebhookId;
  attempt: Attempt | null;
} & (
  { state: "delivered" } | { state: "pending"; nextAttemptAt: number } | { state: "dead"; reason: DeadReason }
);

// A success stands whoever holds the lease by now: the endpoint has the event. A failure that comes after its
// lease ended says nothing, because somebody else is trying again.
const finish = `
  UPDATE deliveries SET
    state = o.state, dead_reason = o.reason, finished_at = CASE WHEN o.state = 'pending' THEN NULL ELSE ?3 END,
    next_attempt_at = coalesce(o.next, next_attempt_at), queued_at = coalesce(o.next, queued_at),
    step = step + (o.next IS NOT NULL), attempt_count = attempt_count + (o.attempt IS NOT NULL),
    attempts = CASE WHEN o.attempt IS NULL THEN attempts ELSE json_insert(
      CASE WHEN json_array_length(attempts) >= ${keptAttempts} THEN json_remove(attempts, '$[0]') ELSE attempts END,
      '$[#]', json(o.attempt)) END,
    lease = NULL, lease_until = NULL, is_waiting = 0
  FROM (
    SELECT value->>0 AS outcome_of, value->>1 AS state, value->>2 AS reason, value->>3 AS next, value->>4 AS attempt
    FROM json_each(?1)) o
  WHERE id = o.outcome_of AND deliveries.state = 'pending' AND (lease = ?2 OR o.state = 'delivered')`;

const failed = `UPDATE webhooks SET failing_since = ?2 WHERE id IN ${given} AND failing_since IS NULL`;
const succeeded = `UPDATE webhooks SET failing_since = NULL WHERE id IN ${given} AND failing_since IS NOT NULL`;
const disabling = "UPDATE webhooks SET status = 'disabled', disabled_at = ?2";
const gone = `${disabling}, disabled_reason = 'gone' WHERE id IN ${given} AND status = 'active'`;
const givenUp = `${disabling}, disabled_reason = 'failing'
  WHERE id IN ${given} AND status = 'active' AND failing_since <= ?2 - ${failingLimitMs}`;

/**
 * Writes down what became of claimed deliveries and of their endpoints, in one transaction. Gives the deliveries
 * that waited for one of these to end, which now need a message.
 */
export async function recordOutcomes(
  d1: D1Database,
  outcomes: readonly DeliveryOutcome[],
  lease: string,
  now: number,
): Promise<DeliveryId[]> {
  if (outcomes.length === 0) return [];
  const attempted = outcomes.filter(({ attempt }) => attempt !== null);
  const unsuccessful = attempted.filter(({ state }) => state !== "delivered");
  // A success beside a failure counts as a success, so it comes after it.
  const steps = [
    { sql: failed, of: unsuccessful },
    { sql: succeeded, of: attempted.filter(({ state }) => state === "delivered") },
    { sql: gone, of: attempted.filter((outcome) => outcome.state === "dead" && outcome.reason === "gone") },
    { sql: givenUp, of: unsuccessful },
  ].filter(({ of }) => of.length > 0);
  const results = await d1.batch<{ id: DeliveryId }>([
    d1.prepare(finish).bind(JSON.stringify(outcomes.map(outcomeRow)), lease, now),
    bringingOn(d1, outcomes, now),
    ...steps.map(({ sql, of }) =>
      sql.includes("?2") ? d1.prepare(sql).bind(webhookIds(of), now) : d1.prepare(sql).bind(webhookIds(of)),
    ),
  ]);
  return results[1]?.results.map(({ id }) => id) ?? [];
}

function outcomeRow(outcome: DeliveryOutcome): (string | number | null)[] {
  const { deliveryId, state, attempt } = outcome;
  const reason = state === "dead" ? outcome.reason : null;
  const next = state === "pending" ? outcome.nextAttemptAt : null;
  return [deliveryId, state, reason, next, attempt && JSON.stringify(attempt)];
}

function webhookIds(outcomes: readonly DeliveryOutcome[]): string {
  return JSON.stringify(outcomes.map(({ webhookId }) => webhookId));
}

// For each request that ended, the delivery to the same endpoint that has waited longest and may go now. One that may
// not would use the turn up, and whoever waits behind it would be forgotten.
function bringingOn(d1: D1Database, outcomes: readonly DeliveryOutcome[], now: number): D1PreparedStatement {
  const ended = new Map<WebhookId, number>();
  for (const { webhookId } of outcomes) ended.set(webhookId, (ended.get(webhookId) ?? 0) + 1);
  const longest = [...ended].map(
    (_, index) => `SELECT id FROM (
      SELECT d.id FROM deliveries d WHERE d.webhook_id = ?${index * 2 + 2} AND d.is_waiting = 1
        AND NOT ${isHeld("?1")}
      ORDER BY d.next_attempt_at LIMIT ?${index * 2 + 3})`,
  );
  return d1
    .prepare(
      `UPDATE deliveries SET is_waiting = 0, queued_at = ?1 WHERE id IN (${longest.join(" UNION ALL ")}) RETURNING id`,
    )
    .bind(now, ...[...ended].flat());
}

/** Notes that these endpoints kept somebody waiting. */
export async function noteSlow(d1: D1Database, ids: readonly WebhookId[], until: number): Promise<void> {
  await d1
    .prepare(`UPDATE webhooks SET slow_until = ?2 WHERE id IN ${given}`)
    .bind(JSON.stringify(ids), until)
    .run();
}

const isOverdue = `next_attempt_at <= ?1 AND queued_at <= ?1 AND ${isFree}`;

// A slow endpoint may have very many that wait: one look at what is under way there stands for all of them, and from one
// such endpoint the index leads to the next.
const overdue = `
  WITH RECURSIVE crowded(webhook_id) AS (
    SELECT min(webhook_id) FROM deliveries WHERE is_waiting = 1
    UNION ALL
    SELECT (SELECT min(d.webhook_id) FROM deliveries d WHERE d.is_waiting = 1 AND d.webhook_id > c.webhook_id)
    FROM crowded c WHERE c.webhook_id IS NOT NULL)
  UPDATE deliveries SET queued_at = ?2, is_waiting = 0
  WHERE id IN (
    SELECT id FROM (
      SELECT id, next_attempt_at FROM deliveries
      WHERE state = 'pending' AND is_waiting = 0 AND ${isOverdue}
      ORDER BY next_attempt_at LIMIT ?3)
    UNION ALL
    SELECT id FROM (
      SELECT d.id FROM crowded c JOIN deliveries d ON d.id IN (
        SELECT id FROM deliveries
        WHERE webhook_id = c.webhook_id AND is_waiting = 1 AND ${isOverdue}
        ORDER BY next_attempt_at LIMIT ?3)
      WHERE NOT EXISTS (
        SELECT 1 FROM deliveries o WHERE o.webhook_id = c.webhook_id AND o.lease_until > ?2)
      LIMIT ?3))
  RETURNING id`;

/**
 * Deliveries whose message must be lost: due since before `before`, with nobody sending them. One that waits for
 * its endpoint is among them only if nothing is under way there that could bring it on. Of either kind at most `limit`.
 */
export async function overdueDeliveries(
  d1: D1Database,
  { before, now, limit }: { before: number; now: number; limit: number },
): Promise<DeliveryId[]> {
  const { results } = await d1.prepare(overdue).bind(before, now, limit).all<{ id: DeliveryId }>();
  return results.map(({ id }) => id);
}
