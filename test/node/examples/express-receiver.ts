import express from "express";
// In your project: import { verifyWebhookSignature, type WebhookEvent } from "behalf";
import { verifyWebhookSignature, type WebhookEvent } from "../../../src/sdk/index.ts";

/** A receiver for Express. */
export function expressReceiver(secret: string, handle: (event: WebhookEvent) => Promise<void>) {
  const seen = new Set<string>(); // Across restarts and instances: a table with eventId as its key.
  const app = express();
  // Before any express.json() for the whole app: what is signed are the bytes, not what they were parsed to.
  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- Express 5 takes what an async handler throws
  app.post("/webhooks/behalfid", express.raw({ type: "application/json" }), async (request, response) => {
    let event: WebhookEvent;
    try {
      const payload = request.body as Uint8Array;
      event = await verifyWebhookSignature({ payload, headers: request.headers, secret });
    } catch {
      response.status(400).send("Bad signature");
      return;
    }
    if (!seen.has(event.eventId)) await handle(event);
    // After the work: what fails is not marked as done, and comes again.
    seen.add(event.eventId);
    response.status(204).end();
  });
  return app;
}
