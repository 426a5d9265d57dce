import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Event, EventType } from "../contract/event.ts";
import type { AccountId, DeliveryId, EventId, UserId, WebhookId } from "../contract/ids.ts";
import type {
  Attempt,
  DeadReason,
  DisabledReason,
  Subscription,
  WebhookFormat,
} from "../contract/webhook.ts";
import { accountId } from "./account-id.ts";

/**
 * Every event, kept for listening, for replay and for telling repeats apart. `seq` is the order in which they
 * came in: what listens asks for what came after, and an event that was late is not missed.
 */
export const events = sqliteTable(
  "events",
  {
    seq: integer("seq").primaryKey({ autoIncrement: true }),
    id: text("id").$type<EventId>().notNull().unique(),
    accountId: accountId(),
    type: text("type").$type<EventType>().notNull(),
    event: text("event", { mode: "json" }).$type<Event>().notNull(),
    createdAt: integer("created_at").notNull(),
    // Set in the batch that wrote a delivery for each endpoint which wants the event.
    fannedOutAt: integer("fanned_out_at"),
  },
  (table) => [
    index("events_by_account").on(table.accountId, table.seq),
    index("events_waiting")
      .on(table.createdAt)
      .where(sql`fanned_out_at is null`),
  ],
);

export const webhooks = sqliteTable(
  "webhooks",
  {
    id: text("id").$type<WebhookId>().primaryKey(),
    accountId: accountId(),
    url: text("url").notNull(),
    format: text("format").$type<WebhookFormat>().notNull(),
    events: text("events", { mode: "json" }).$type<Subscription[]>().notNull(),
    // PagerDuty's integration key, sealed.
    routingKey: text("routing_key"),
    status: text("status", { enum: ["active", "disabled"] })
      .notNull()
      .default("active"),
    disabledReason: text("disabled_reason").$type<DisabledReason>(),
    disabledAt: integer("disabled_at"),
    // Since when there was nothing but failure. Null as long as the last attempt succeeded.
    failingSince: integer("failing_since"),
    // Until then nobody waits for its answers before going on with other endpoints.
    slowUntil: integer("slow_until"),
    createdBy: text("created_by").$type<UserId>(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("webhooks_by_account").on(table.accountId, table.createdAt, table.id)],
);

/** A webhook's secrets, sealed. While it is rotated, several live side by side. */
export const webhookSecrets = sqliteTable(
  "webhook_secrets",
  {
    id: integer("id").primaryKey(),
    webhookId: text("webhook_id")
      .$type<WebhookId>()
      .notNull()
      .references(() => webhooks.id, { onDelete: "cascade" }),
    sealed: text("sealed").notNull(),
    preview: text("preview").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
  },
  (table) => [
    index("webhook_secrets_by_webhook").on(table.webhookId),
    index("webhook_secrets_by_expiry")
      .on(table.expiresAt)
      .where(sql`expires_at is not null`),
  ],
);

/** One event on its way to one endpoint: there is never a second row for the two. */
export const deliveries = sqliteTable(
  "deliveries",
  {
    id: text("id").$type<DeliveryId>().primaryKey(),
    // It goes with its event and its webhook, and both go with the account.
    accountId: text("account_id").$type<AccountId>().notNull(),
    webhookId: text("webhook_id")
      .$type<WebhookId>()
      .notNull()
      .references(() => webhooks.id, { onDelete: "cascade" }),
    eventId: text("event_id")
      .$type<EventId>()
      .notNull()
      .references(() => events.id, { onDelete: "cascade" }),
    state: text("state", { enum: ["pending", "delivered", "dead"] })
      .notNull()
      .default("pending"),
    deadReason: text("dead_reason").$type<DeadReason>(),
    // Where in the retry schedule it is; a replay starts over.
    step: integer("step").notNull().default(0),
    attemptCount: integer("attempt_count").notNull().default(0),
    attempts: text("attempts", { mode: "json" }).$type<Attempt[]>().notNull().default([]),
    nextAttemptAt: integer("next_attempt_at").notNull(),
    // When a message was last sent for it, by the sweep's account.
    queuedAt: integer("queued_at").notNull(),
    // Its message is spent and its endpoint has as many requests open as it may: the next that ends brings it on.
    isWaiting: integer("is_waiting", { mode: "boolean" }).notNull().default(false),
    // Who is sending it, and until when it is theirs.
    lease: text("lease"),
    leaseUntil: integer("lease_until"),
    createdAt: integer("created_at").notNull(),
    finishedAt: integer("finished_at"),
  },
  (table) => [
    uniqueIndex("deliveries_by_event").on(table.eventId, table.webhookId),
    index("deliveries_by_webhook").on(table.webhookId, table.createdAt, table.id),
    index("deliveries_due")
      .on(table.nextAttemptAt)
      .where(sql`state = 'pending' and is_waiting = 0`),
    index("deliveries_under_way")
      .on(table.webhookId, table.leaseUntil)
      .where(sql`lease_until is not null`),
    index("deliveries_waiting")
      .on(table.webhookId, table.nextAttemptAt)
      .where(sql`is_waiting = 1`),
    index("deliveries_dead")
      .on(table.accountId, table.finishedAt, table.id)
      .where(sql`state = 'dead'`),
  ],
);
