import { and, desc, eq, sql } from "drizzle-orm";
import type { Event } from "../contract/event.ts";
import type { AccountId, DeliveryId, EventId, WebhookId } from "../contract/ids.ts";
import type { Delivery, DeliveryState } from "../contract/webhook.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import { database } from "./database.ts";
import { deliveries, events } from "./schema.ts";

type LoggedRow = { delivery: typeof deliveries.$inferSelect; eventType: Event["type"] };

function deliveryFacts({ delivery, eventType }: LoggedRow): Delivery {
  const { state, finishedAt } = delivery;
  return {
    deliveryId: delivery.id,
    webhookId: delivery.webhookId,
    eventId: delivery.eventId,
    eventType,
    status: state,
    deadReason: delivery.deadReason,
    attemptCount: delivery.attemptCount,
    attempts: delivery.attempts,
    nextAttemptAt: state === "pending" ? new Date(delivery.nextAttemptAt).toISOString() : null,
    createdAt: new Date(delivery.createdAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
  };
}

export type DeliveryQuery = {
  webhookId?: WebhookId | undefined;
  eventId?: EventId | undefined;
  state?: DeliveryState | undefined;
  limit: number;
  cursor?: string | undefined;
};

/**
 * A page of a webhook's or an event's deliveries, newest first; without either, of the account's dead ones, those
 * that were given up last first.
 */
export async function deliveriesOfAccount(
  d1: D1Database,
  accountId: AccountId,
  { webhookId, eventId, state, limit, cursor }: DeliveryQuery,
): Promise<{ deliveries: Delivery[]; nextCursor: string | null }> {
  const after: Cursor | undefined = cursor === undefined ? undefined : readCursor(cursor);
  const isDeadList = webhookId === undefined && eventId === undefined;
  const at = isDeadList ? deliveries.finishedAt : deliveries.createdAt;
  const page = await database(d1)
    .select({ delivery: deliveries, eventType: events.type })
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .where(
      and(
        eq(deliveries.accountId, accountId),
        webhookId && eq(deliveries.webhookId, webhookId),
        eventId && eq(deliveries.eventId, eventId),
        // Spelled out for the partial index.
        isDeadList ? sql`${deliveries.state} = 'dead'` : state && eq(deliveries.state, state),
        after && sql`(${at}, ${deliveries.id}) < (${after.at}, ${after.id})`,
      ),
    )
    .orderBy(desc(at), desc(deliveries.id))
    .limit(limit + 1);
  const shown = page.slice(0, limit);
  const last = shown.at(-1)?.delivery;
  const lastAt = last && (isDeadList ? (last.finishedAt ?? 0) : last.createdAt);
  return {
    deliveries: shown.map(deliveryFacts),
    nextCursor:
      page.length > limit && last && lastAt !== undefined ? writeCursor({ at: lastAt, id: last.id }) : null,
  };
}

/** One delivery of the account. */
export async function deliveryOfAccount(
  d1: D1Database,
  accountId: AccountId,
  deliveryId: DeliveryId,
): Promise<Delivery | undefined> {
  const [row] = await database(d1)
    .select({ delivery: deliveries, eventType: events.type })
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .where(and(eq(deliveries.accountId, accountId), eq(deliveries.id, deliveryId)));
  return row && deliveryFacts(row);
}

/** Whether the account has this event. */
export async function hasEvent(d1: D1Database, accountId: AccountId, eventId: EventId): Promise<boolean> {
  const [row] = await database(d1)
    .select({ id: events.id })
    .from(events)
    .where(and(eq(events.accountId, accountId), eq(events.id, eventId)));
  return row !== undefined;
}

/** Puts an event on record that is meant for this endpoint alone, with its delivery. */
export async function addTestDelivery(
  d1: D1Database,
  event: Event,
  webhookId: WebhookId,
  deliveryId: DeliveryId,
  now: number,
): Promise<void> {
  const { eventId, accountId, type } = event;
  const db = database(d1);
  await db.batch([
    db.insert(events).values({ id: eventId, accountId, type, event, createdAt: now, fannedOutAt: now }),
    db.insert(deliveries).values({
      id: deliveryId,
      accountId,
      webhookId,
      eventId,
      nextAttemptAt: now,
      queuedAt: now,
      createdAt: now,
    }),
  ]);
}
