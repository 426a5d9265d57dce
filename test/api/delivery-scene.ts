import { env } from "cloudflare:workers";
import { newId } from "../../src/crypto/ids.ts";
import type { Someone } from "./people-scene.ts";

/** A delivery that is over, so that nothing is sent for it. */
export async function newDelivery({ accountId }: Someone, webhookId: string) {
  const ids = { deliveryId: newId("delivery"), eventId: newId("event") };
  const event = {
    eventId: ids.eventId,
    type: "webhook.test",
    createdAt: new Date(0).toISOString(),
    accountId,
    data: {},
  };
  await env.DB.batch([
    env.DB.prepare(
      "INSERT INTO events (id, account_id, type, event, created_at) VALUES (?, ?, ?, ?, 0)",
    ).bind(ids.eventId, accountId, event.type, JSON.stringify(event)),
    env.DB.prepare(
      `INSERT INTO deliveries (id, account_id, webhook_id, event_id, state, attempts, next_attempt_at, queued_at, created_at)
       VALUES (?, ?, ?, ?, 'delivered', '[]', 0, 0, 0)`,
    ).bind(ids.deliveryId, accountId, webhookId, ids.eventId),
  ]);
  return ids;
}
