import { inArray, type SQL, sql } from "drizzle-orm";
import type { Event, EventType } from "../contract/event.ts";
import type { AccountId } from "../contract/ids.ts";
import { newId } from "../crypto/ids.ts";
import { database, type Database } from "./database.ts";
import { publishEvents } from "./events.ts";
import { outbox } from "./schema.ts";

/**
 * The statement that puts an event into the outbox. It belongs into the batch of the change that the event
 * tells of: both happen, or neither. With `when`, only where that condition holds as the batch gets there, so
 * that a change which changes nothing tells nothing.
 */
export function eventOf(
  db: Database,
  accountId: AccountId,
  type: EventType,
  data: Record<string, unknown>,
  now: number,
  when: SQL = sql`1`,
) {
  const event: Event = {
    eventId: newId("event"),
    type,
    createdAt: new Date(now).toISOString(),
    accountId,
    data,
  };
  return db
    .insert(outbox)
    .select(sql`SELECT ${event.eventId}, ${JSON.stringify(event)}, ${now} WHERE ${when}`);
}

// What a queue takes at once.
const batchSize = 100;

/**
 * Publishes what waits in the outbox, oldest first, until it is empty. At least once: an event leaves the outbox
 * after it is on record and, where an endpoint may want it, the queue has taken it.
 */
export async function drainOutbox(env: Env): Promise<void> {
  const db = database(env.DB);
  for (;;) {
    const waiting = await db.select().from(outbox).orderBy(outbox.createdAt).limit(batchSize);
    if (waiting.length === 0) return;
    await publishEvents(
      env,
      waiting.map(({ event }) => event),
    );
    await db.delete(outbox).where(
      inArray(
        outbox.id,
        waiting.map(({ id }) => id),
      ),
    );
    if (waiting.length < batchSize) return;
  }
}
