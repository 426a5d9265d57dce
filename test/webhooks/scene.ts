import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject, vi } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import type { AccountId, DeliveryId, WebhookId } from "../../src/contract/ids.ts";
import type { Delivery, Subscription, Webhook, WebhookFormat } from "../../src/contract/webhook.ts";
import { newId } from "../../src/crypto/ids.ts";
import { newWebhookSecret, preview } from "../../src/crypto/secrets.ts";
import { deliveriesOfAccount } from "../../src/db/delivery-log.ts";
import { addWebhook, webhookOfAccount } from "../../src/db/webhooks.ts";
import { consumeDeliveries } from "../../src/webhooks/consume-deliveries.ts";
import { consumeEvents } from "../../src/webhooks/consume-events.ts";
import { sealFor } from "../../src/webhooks/endpoint-secrets.ts";

export type Call = { deliveryId: DeliveryId; delaySeconds: number };
export type Received = { method: string; headers: Record<string, string>; body: string; at: number };

/** When the scenes play. Tests move the clock with `vi.setSystemTime`; nothing else does. */
export const start = Date.parse("2030-01-31T12:00:00.000Z");

/** Stops the clock at `start`. Timers go on, and so does D1. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
}

/**
 * The Worker's bindings, as a local instance has them, with every message to the two queues written down instead
 * of sent: a test is the queue itself, and brings messages when, as often and in whatever order it wants.
 */
export function line(): { env: Env; calls: Call[]; events: Event[] } {
  const calls: Call[] = [];
  const events: Event[] = [];
  const deliveries = {
    sendBatch: async (messages: Iterable<MessageSendRequest<{ deliveryId: DeliveryId }>>) => {
      for (const { body, delaySeconds = 0 } of messages)
        calls.push({ deliveryId: body.deliveryId, delaySeconds });
      return {};
    },
  } as unknown as Queue;
  const published = {
    sendBatch: async (messages: Iterable<MessageSendRequest<Event>>) => {
      for (const { body } of messages) events.push(body);
      return {};
    },
  } as unknown as Queue;
  return { env: { ...env, ENVIRONMENT: "local", DELIVERIES: deliveries, EVENTS: published }, calls, events };
}

export async function newAccount(): Promise<AccountId> {
  const accountId = newId("account");
  await env.DB.prepare("INSERT INTO accounts (id, name, slug, created_at) VALUES (?1, 'Acme', ?1, 0)")
    .bind(accountId)
    .run();
  return accountId;
}

export type Endpoint = { webhookId: WebhookId; accountId: AccountId; secret: string; mailbox: string };

/** An endpoint whose receiver answers as `behaviour` says; see test/node/webhook-receiver.ts. */
export async function newEndpoint(
  accountId: AccountId,
  behaviour: Record<string, string | number> = {},
  {
    events = ["*"],
    format = "json",
    url,
    routingKey,
  }: { events?: Subscription[]; format?: WebhookFormat; url?: string; routingKey?: string } = {},
): Promise<Endpoint> {
  const webhookId = newId("webhook");
  const secret = newWebhookSecret();
  const mailbox = `${inject("receiver")}/${webhookId}`;
  const target = new URL(mailbox);
  for (const [name, value] of Object.entries(behaviour)) target.searchParams.set(name, String(value));
  await addWebhook(
    env.DB,
    accountId,
    {
      webhookId,
      url: url ?? target.href,
      format,
      events,
      routingKey: routingKey === undefined ? null : await sealFor(env, webhookId, "routing-key", routingKey),
      createdBy: newId("user"),
    },
    { sealed: await sealFor(env, webhookId, "secret", secret), preview: preview(secret) },
    Date.now(),
  );
  return { webhookId, accountId, secret, mailbox };
}

export function newEvent(accountId: AccountId, event: Partial<Event> = {}): Event {
  return {
    eventId: newId("event"),
    type: "agent.created",
    createdAt: new Date().toISOString(),
    accountId,
    data: { agentId: "agent_0000000000000001", name: "Ünïcödé ✓" },
    ...event,
  };
}

/** So many events that nobody was sent, in one statement. */
export async function fillEvents(accountId: AccountId, count: number, type = "agent.created"): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ?2)
     INSERT INTO events (id, account_id, type, event, created_at, fanned_out_at)
     SELECT 'evt_' || lower(hex(randomblob(8))), ?1, ?4, '{}', ?3, ?3 FROM numbers`,
  )
    .bind(accountId, count, Date.now(), type)
    .run();
}

/** Brings events to their consumer, as one batch of messages. */
export async function bringEvents(to: Env, events: readonly unknown[]) {
  const batch = createMessageBatch("behalfid-events", messages(events));
  const ctx = createExecutionContext();
  await consumeEvents(batch, to);
  return getQueueResult(batch, ctx);
}

/** Brings messages for these deliveries to their consumer, and waits for what it left to the background. */
export async function bring(to: Env, deliveryIds: readonly DeliveryId[]) {
  const batch = createMessageBatch(
    "behalfid-deliveries",
    messages(deliveryIds.map((deliveryId) => ({ deliveryId }))),
  );
  const ctx = createExecutionContext();
  await consumeDeliveries(batch, to, ctx);
  const took = performance.now();
  await waitOnExecutionContext(ctx);
  return { result: await getQueueResult(batch, ctx), background: performance.now() - took };
}

/** An event that has been fanned out, and the deliveries that were called for. */
export async function fannedOut(to: Env, calls: Call[], event: Event): Promise<DeliveryId[]> {
  const before = calls.length;
  await bringEvents(to, [event]);
  return calls.slice(before).map(({ deliveryId }) => deliveryId);
}

export async function received({ mailbox }: Endpoint): Promise<Received[]> {
  return (await fetch(mailbox)).json();
}

export async function deliveriesOf({ accountId, webhookId }: Endpoint): Promise<Delivery[]> {
  return (await deliveriesOfAccount(env.DB, accountId, { webhookId, limit: 100 })).deliveries;
}

export async function webhookOf({ accountId, webhookId }: Endpoint): Promise<Webhook> {
  const webhook = await webhookOfAccount(env.DB, accountId, webhookId, Date.now());
  if (webhook === undefined) throw new Error("The webhook is gone.");
  return webhook;
}

function messages(bodies: readonly unknown[]) {
  return bodies.map((body) => ({
    id: crypto.randomUUID(),
    timestamp: new Date(),
    attempts: 1,
    body,
  }));
}
