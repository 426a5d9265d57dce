import { and, eq, sql } from "drizzle-orm";
import type { AccountId, DeliveryId, EventId, WebhookId } from "../contract/ids.ts";
import { database } from "./database.ts";
import { isWanted, newDeliveryId } from "./events.ts";
import { deliveries, events, webhooks } from "./schema.ts";

const startedOver = (now: number) => ({
  state: "pending" as const,
  deadReason: null,
  step: 0,
  nextAttemptAt: now,
  queuedAt: now,
  isWaiting: false,
  lease: null,
  leaseUntil: null,
  finishedAt: null,
});

/** Starts a dead delivery over. False when it is not dead. */
export async function replayDelivery(
  d1: D1Database,
  accountId: AccountId,
  deliveryId: DeliveryId,
  now: number,
): Promise<boolean> {
  const changed = await database(d1)
    .update(deliveries)
    .set(startedOver(now))
    .where(
      and(eq(deliveries.accountId, accountId), eq(deliveries.id, deliveryId), eq(deliveries.state, "dead")),
    );
  return changed.meta.changes > 0;
}

/**
 * How much one replay does: it looks at so many events in a step, replays as many of them as `atOnce`, and ends after
 * so many steps or, in all, `replayed`.
 */
export const replayBounds = { far: 20_000, atOnce: 1000, steps: 50, replayed: 5000 };

// An event is stored after the moment that it tells of: soon, or when D1 is back.
const storedWithinMs = 24 * 3_600_000;

/** What was started over. `next` is the place in the order of events where a further replay goes on; null at the end. */
export type Replay = { deliveryIds: DeliveryId[]; next: number | null };

/**
 * Starts over what an endpoint did not get since a moment, oldest first: its dead deliveries, and events that it wants
 * and was not sent because it was off or did not want them then. What it took it is not sent again.
 */
export async function replaySince(
  d1: D1Database,
  accountId: AccountId,
  webhookId: WebhookId,
  { since, after, now }: { since: number; after?: number | undefined; now: number },
  bounds = replayBounds,
): Promise<Replay> {
  const deliveryIds: DeliveryId[] = [];
  let next: number | null = after ?? (await placeBefore(d1, accountId, since - storedWithinMs));
  for (let step = 0; step < bounds.steps && deliveryIds.length < bounds.replayed; step += 1) {
    const atOnce = Math.min(bounds.atOnce, bounds.replayed - deliveryIds.length);
    const found = await missed(d1, accountId, webhookId, since, next, { far: bounds.far, atOnce });
    if (found.eventIds.length > 0)
      deliveryIds.push(...(await startOver(d1, accountId, webhookId, found.eventIds, now)));
    next = found.next;
    if (next === null) break;
  }
  return { deliveryIds, next };
}

// Halves its stride as it goes, which at first is longer than any record of events.
// INVARIANT: the last event up to `place` is older than the moment, and so is, by the day that it may be late, all that
// was stored before it. That events lie nearly in the order of their age only makes the place a late one.
const search = `
  WITH RECURSIVE found (place, stride) AS (
    SELECT 0, 1 << 40
    UNION ALL
    SELECT place + stride * coalesce((
      SELECT created_at < ?2 FROM events WHERE account_id = ?1 AND seq <= place + stride
      ORDER BY seq DESC LIMIT 1), TRUE), stride / 2
    FROM found WHERE stride > 0)
  SELECT max(place) AS place FROM found`;

/** A place in the order of the account's events before which nothing was stored since a moment. */
async function placeBefore(d1: D1Database, accountId: AccountId, moment: number): Promise<number> {
  const found = await d1.prepare(search).bind(accountId, moment).first<{ place: number }>();
  return found?.place ?? 0;
}

// The account's events after a place, as many as are looked at in one step.
const stretch = `
  SELECT seq, id, type, created_at, fanned_out_at FROM events
  WHERE account_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3`;
const isMissed = `d.id IS NULL AND e.fanned_out_at IS NOT NULL AND ${isWanted}`;
const lookFor = `
  SELECT e.seq, e.id
  FROM (${stretch}) e JOIN webhooks w ON w.id = ?4 AND w.account_id = ?1
    LEFT JOIN deliveries d ON d.event_id = e.id AND d.webhook_id = w.id
  WHERE e.created_at >= ?5 AND (d.state = 'dead' OR (${isMissed}))
  ORDER BY e.seq LIMIT ?6`;
const lookedAt = `SELECT max(seq) AS last, count(*) AS count FROM (
  SELECT seq FROM events WHERE account_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3)`;

async function missed(
  d1: D1Database,
  accountId: AccountId,
  webhookId: WebhookId,
  since: number,
  after: number,
  { far, atOnce }: { far: number; atOnce: number },
): Promise<{ eventIds: EventId[]; next: number | null }> {
  const [found, looked] = await d1.batch([
    d1.prepare(lookFor).bind(accountId, after, far, webhookId, since, atOnce),
    d1.prepare(lookedAt).bind(accountId, after, far),
  ]);
  const rows = (found?.results ?? []) as { seq: number; id: EventId }[];
  const [end] = (looked?.results ?? []) as { last: number | null; count: number }[];
  const last = rows.length === atOnce ? rows.at(-1)?.seq : end?.count === far ? end.last : null;
  return { eventIds: rows.map(({ id }) => id), next: last ?? null };
}

async function startOver(
  d1: D1Database,
  accountId: AccountId,
  webhookId: WebhookId,
  eventIds: readonly EventId[],
  now: number,
): Promise<DeliveryId[]> {
  const db = database(d1);
  const given = sql`json_each(${JSON.stringify(eventIds)})`;
  // CROSS JOIN keeps SQLite from starting at all of the account's events.
  const [restarted, added] = await db.batch([
    db
      .update(deliveries)
      .set(startedOver(now))
      .where(
        and(
          eq(deliveries.accountId, accountId),
          eq(deliveries.webhookId, webhookId),
          eq(deliveries.state, "dead"),
          sql`${deliveries.eventId} IN (SELECT value FROM ${given})`,
        ),
      )
      .returning({ id: deliveries.id }),
    db
      .insert(deliveries)
      .select(
        sql`SELECT ${sql.raw(newDeliveryId)}, e.account_id, w.id, e.id, 'pending', NULL, 0, 0, '[]', ${now}, ${now},
            0, NULL, NULL, ${now}, NULL
          FROM ${given} g CROSS JOIN ${events} e ON e.id = g.value CROSS JOIN ${webhooks} w ON w.account_id = e.account_id
          WHERE w.id = ${webhookId} AND w.account_id = ${accountId}
            AND e.fanned_out_at IS NOT NULL AND ${sql.raw(isWanted)}`,
      )
      .onConflictDoNothing()
      .returning({ id: deliveries.id }),
  ]);
  return [...restarted, ...added].map(({ id }) => id);
}
