import { and, desc, eq, gt, inArray, isNull, lt, lte } from "drizzle-orm";
import type { Event, EventType } from "../contract/event.ts";
import type { AccountId, DeliveryId, EventId } from "../contract/ids.ts";
import { eventRetentionMs, pagerDutyTypes } from "../contract/webhook.ts";
import { redactIn } from "../crypto/redact.ts";
import { database, given } from "./database.ts";
import { accounts } from "./people-schema.ts";
import { events } from "./schema.ts";

// A queue takes 100 messages and 256 KB at once, D1 a value of 2 MB. Bytes, not characters, with room for framing.
const messagesAtOnce = 100;
const bytesAtOnce = 200_000;

// What an account without an endpoint wants is settled as it is stored: nothing reads or writes it again.
const store = `
  INSERT INTO events (id, account_id, type, event, created_at, fanned_out_at)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4,
    CASE WHEN EXISTS (SELECT 1 FROM webhooks w WHERE w.account_id = value->>1 AND w.status = 'active')
      THEN NULL ELSE value->>4 END
  FROM json_each(?1)
  WHERE EXISTS (SELECT 1 FROM accounts a WHERE a.id = value->>1)
  ON CONFLICT (id) DO NOTHING`;

const unsettled = `SELECT id FROM events WHERE id IN ${given} AND fanned_out_at IS NULL`;

/** Whether webhook `w` is sent event `e`, as a condition in SQL. What a test is for is the one it was made for. */
export const isWanted = `
  e.type <> 'webhook.test'
  AND EXISTS (SELECT 1 FROM json_each(w.events) WHERE value IN ('*', e.type))
  AND (w.format <> 'pagerduty' OR e.type IN (${pagerDutyTypes.map((type) => `'${type}'`).join(", ")}))`;

/** A delivery's id in SQL: 128 random bits from SQLite's generator, which the system seeds. */
export const newDeliveryId = "'dlv_' || lower(hex(randomblob(16)))";

const fanOut = `
  INSERT INTO deliveries (id, account_id, webhook_id, event_id, attempts, next_attempt_at, queued_at, created_at)
  SELECT ${newDeliveryId}, e.account_id, w.id, e.id, '[]', ?2, ?2, ?2
  FROM events e JOIN webhooks w ON w.account_id = e.account_id AND w.status = 'active'
  WHERE e.id IN ${given} AND e.fanned_out_at IS NULL AND ${isWanted}
  ON CONFLICT DO NOTHING`;

const settle = `UPDATE events SET fanned_out_at = ?2 WHERE id IN ${given} AND fanned_out_at IS NULL`;

// Also those that an earlier try wrote before it died: their messages may never have been sent.
const unsent = `
  SELECT id FROM deliveries
  WHERE event_id IN ${given} AND state = 'pending' AND attempt_count = 0 AND is_waiting = 0
    AND next_attempt_at <= ?2 AND (lease_until IS NULL OR lease_until <= ?2)`;

/**
 * Puts events on record and hands those that some endpoint may want to the queue. At least once: an event that
 * was stored and not handed over is handed over by the sweep. What a queue has taken it may still lose where it
 * keeps it in memory, as a local one does; what is stored here first is not lost with it.
 */
export async function publishEvents(
  env: Pick<Env, "DB" | "EVENTS">,
  published: readonly Event[],
): Promise<void> {
  for (const some of inBatches(published.map(withoutSecrets))) {
    const [, waiting] = await env.DB.batch<{ id: EventId }>([
      storing(env.DB, some),
      env.DB.prepare(unsettled).bind(idsOf(some)),
    ]);
    const ids = new Set(waiting?.results.map(({ id }) => id));
    const wanted = some.filter(({ eventId }) => ids.has(eventId));
    if (wanted.length > 0) await sendEvents(env, wanted);
  }
}

/**
 * Stores what is not stored and writes one delivery for each endpoint that wants it, all in one transaction, and
 * gives the deliveries that nobody has begun. Events that come again change nothing.
 */
export async function fanOutEvents(
  d1: D1Database,
  brought: readonly Event[],
  now: number,
): Promise<DeliveryId[]> {
  const begun: DeliveryId[] = [];
  for (const some of inBatches(brought.map(withoutSecrets))) {
    const ids = idsOf(some);
    const results = await d1.batch<{ id: DeliveryId }>([
      storing(d1, some),
      d1.prepare(fanOut).bind(ids, now),
      d1.prepare(settle).bind(ids, now),
      d1.prepare(unsent).bind(ids, now),
    ]);
    begun.push(...(results[3]?.results ?? []).map(({ id }) => id));
  }
  return begun;
}

/** Hands events again to the queue that are from `before` or earlier and were never fanned out. */
export async function resendEvents(
  env: Pick<Env, "DB" | "EVENTS">,
  { before, limit }: { before: number; limit: number },
): Promise<void> {
  const rows = await database(env.DB)
    .select({ event: events.event })
    .from(events)
    .where(and(isNull(events.fannedOutAt), lte(events.createdAt, before)))
    .orderBy(events.createdAt)
    .limit(limit);
  for (const some of inBatches(rows.map(({ event }) => event))) await sendEvents(env, some);
}

// Of the events after a place in their order, as many as are looked at in one step.
const stretch = "SELECT seq, id, created_at FROM events WHERE seq > ?2 ORDER BY seq LIMIT ?3";
const look = `SELECT max(seq) AS last, min(created_at) <= ?1 AS holdsOld FROM (${stretch})`;
const forget = `
  DELETE FROM events WHERE seq IN (
    SELECT seq FROM (${stretch}) e
    WHERE created_at <= ?1
      AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = e.id AND d.state = 'pending'))`;

/**
 * Lets go of events that are older than they are kept, and of their deliveries, unless one is under way: from the
 * oldest on, `atOnce` in each of so many `steps`. Events come in nearly in the order of their age, so it ends where
 * all that a step looks at is young, and the rest is not read.
 */
export async function forgetOldEvents(
  d1: D1Database,
  now: number,
  { atOnce, steps }: { atOnce: number; steps: number },
): Promise<void> {
  const before = now - eventRetentionMs;
  let after = 0;
  for (let step = 0; step < steps; step += 1) {
    const seen = await d1
      .prepare(look)
      .bind(before, after, atOnce)
      .first<{ last: number; holdsOld: 0 | 1 | null }>();
    if (seen?.holdsOld !== 1) return;
    await d1.prepare(forget).bind(before, after, atOnce).run();
    after = seen.last;
  }
}

/** How long an account's events count as listened to after they were last read, in milliseconds. */
export const listenedMs = 3_600_000;

export type EventQuery = {
  types?: readonly EventType[] | undefined;
  limit: number;
  before?: number | undefined;
  after?: number | undefined;
  now: number;
};

/** How far one page looks for events of the types that are asked for, in events. */
export const eventsLookedAt = 20_000;

/**
 * A page of the account's events: newest first, or oldest first after a place in their order. Notes, once in a
 * while, that they are read, before it reads: what is decided from then on is among them. Where a page has to end
 * before it is full, because it has looked far enough, the next goes on from there.
 */
export async function eventsOfAccount(
  d1: D1Database,
  accountId: AccountId,
  { types, limit, before, after, now }: EventQuery,
  far = eventsLookedAt,
): Promise<{ events: Event[]; older: number | null; newest: number }> {
  const db = database(d1);
  const ofAccount = eq(events.accountId, accountId);
  const asked = and(
    ofAccount,
    before === undefined ? undefined : lt(events.seq, before),
    after === undefined ? undefined : gt(events.seq, after),
  );
  const isBackwards = after === undefined;
  const stretch = db
    .select({ seq: events.seq, type: events.type, event: events.event })
    .from(events)
    .where(asked)
    .orderBy(isBackwards ? desc(events.seq) : events.seq)
    .limit(far)
    .as("stretch");
  // Where the stretch ends, if it is not at the end of all.
  const edge = db
    .select({ seq: events.seq })
    .from(events)
    .orderBy(isBackwards ? desc(events.seq) : events.seq)
    .offset(far - 1)
    .$dynamic();
  const [, rows, [last], [ahead]] = await db.batch([
    db
      .update(accounts)
      .set({ listenedUntil: now + listenedMs })
      .where(and(eq(accounts.id, accountId), lt(accounts.listenedUntil, now + listenedMs / 2))),
    db
      .select({ seq: stretch.seq, event: stretch.event })
      .from(stretch)
      .where(types && inArray(stretch.type, [...types]))
      .orderBy(isBackwards ? desc(stretch.seq) : stretch.seq)
      .limit(limit + 1),
    db.select({ seq: events.seq }).from(events).where(ofAccount).orderBy(desc(events.seq)).limit(1),
    // With what it is the edge of: the old ones that it begins with are let go of, and everything moves up.
    edge.where(asked).limit(isBackwards || types === undefined ? 0 : 1),
  ]);
  const newest = Math.max(last?.seq ?? 0, after ?? 0);
  let end: number | undefined;
  if (rows.length > limit) end = rows[limit - 1]?.seq;
  else if (!isBackwards) end = ahead?.seq;
  else if (types !== undefined) {
    // What has come in since is not what the page looked at.
    const [behind] = await edge.where(and(asked, lte(events.seq, newest))).limit(1);
    end = behind?.seq;
  }
  return {
    events: rows.slice(0, limit).map(({ event }) => event),
    older: isBackwards ? (end ?? null) : null,
    // With a page that had to end, what is not shown yet comes next.
    newest: isBackwards ? newest : (end ?? newest),
  };
}

function storing(d1: D1Database, some: readonly Event[]): D1PreparedStatement {
  const rows = some.map((event) => [
    event.eventId,
    event.accountId,
    event.type,
    JSON.stringify(event),
    Date.parse(event.createdAt),
  ]);
  return d1.prepare(store).bind(JSON.stringify(rows));
}

async function sendEvents(env: Pick<Env, "EVENTS">, some: readonly Event[]): Promise<void> {
  await env.EVENTS.sendBatch(some.map((body) => ({ body, contentType: "json" as const })));
}

function idsOf(some: readonly Event[]): string {
  return JSON.stringify(some.map(({ eventId }) => eventId));
}

// An agent chooses its action's name, a person writes a comment: either may hold a key that went astray.
function withoutSecrets(event: Event): Event {
  return { ...event, data: redactIn(event.data) };
}

function* inBatches(all: readonly Event[]): Generator<readonly Event[]> {
  let some: Event[] = [];
  let bytes = 0;
  for (const event of all) {
    const size = new TextEncoder().encode(JSON.stringify(event)).byteLength + 200;
    if (some.length > 0 && (some.length === messagesAtOnce || bytes + size > bytesAtOnce)) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push(event);
    bytes += size;
  }
  if (some.length > 0) yield some;
}
