import { Hono } from "hono";

export { Gate } from "./gates/gate.ts";
export { Ledger } from "./ledger/ledger.ts";

const app = new Hono<{ Bindings: Env }>();

app.get("/api/health", (c) =>
  c.json({ status: "ok", service: "behalfid", timestamp: new Date().toISOString() }),
);

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;
