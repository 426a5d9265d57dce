import { createApp } from "./api/app.ts";
import { readClock } from "./api/clock.ts";
import { mountMcp } from "./mcp-endpoint.ts";
import { sweep } from "./sweep.ts";
import { consumeDeliveries } from "./webhooks/consume-deliveries.ts";
import { consumeEvents } from "./webhooks/consume-events.ts";

export { Feed } from "./feed/feed.ts";
export { Gate } from "./gates/gate.ts";
export { Ledger } from "./ledger/ledger.ts";

const app = createApp();
mountMcp(app);

export default {
  fetch: app.fetch,
  queue: (batch, env, ctx) =>
    batch.queue === "behalfid-deliveries" ? consumeDeliveries(batch, env, ctx) : consumeEvents(batch, env),
  scheduled: (_controller, env) => sweep(env, readClock()),
} satisfies ExportedHandler<Env>;
