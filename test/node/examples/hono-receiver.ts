import { Hono } from "hono";
// In your project: import { verifyWebhookSignature, type WebhookEvent } from "behalf";
import { verifyWebhookSignature, type WebhookEvent } from "../../../src/sdk/index.ts";

/** A receiver for Hono, on Workers, Node, Deno or Bun. */
export function honoReceiver(secret: string, handle: (event: WebhookEvent) => Promise<void>) {
  const seen = new Set<string>(); // Across restarts and instances: a table with eventId as its key.
  const app = new Hono();
  app.post("/webhooks/behalfid", async (c) => {
    let event: WebhookEvent;
    try {
      // The bytes as they came: parsed and written again, they would be others than those that were signed.
      const payload = await c.req.arrayBuffer();
      event = await verifyWebhookSignature({ payload, headers: c.req.raw.headers, secret });
    } catch {
      return c.text("Bad signature", 400);
    }
    if (!seen.has(event.eventId)) await handle(event);
    // After the work: what fails is not marked as done, and comes again.
    seen.add(event.eventId);
    return c.body(null, 204);
  });
  return app;
}
