import { DurableObject } from "cloudflare:workers";
import { Hono } from "hono";
import { createApp } from "../../src/api/app.ts";
import { Gate } from "../../src/gates/gate.ts";
import { Ledger } from "../../src/ledger/ledger.ts";
import worker from "../../src/worker.ts";
import { countedEnv, noCounts, type Counts } from "../support/counted-env.ts";
import { ObjectRows } from "./object-rows.ts";

// The product with three doors beside it: the floors that it is measured against, and counters for what one
// verify costs. Nothing of the product is replaced.

type BenchEnv = Env & { FLOOR: DurableObjectNamespace<Floor> };

/** What any durable answer costs at the least: one row written in a Durable Object. */
export class Floor extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, entry TEXT)");
  }

  write(entry: string): number {
    const { seq } = this.ctx.storage.sql
      .exec<{ seq: number }>("INSERT INTO entries (entry) VALUES (?) RETURNING seq", entry)
      .one();
    return seq;
  }
}

const later = noCounts();
const inObjects = new ObjectRows();

// What the objects do after the answer is counted apart from the way to it, and the rows in them for themselves.
class CountedGate extends Gate {
  constructor(ctx: DurableObjectState, env: Env) {
    inObjects.watch(ctx.storage);
    super(ctx, countedEnv(env, later));
  }
}

class CountedLedger extends Ledger {
  readonly #size: () => number;

  constructor(ctx: DurableObjectState, env: Env) {
    inObjects.watch(ctx.storage);
    super(ctx, countedEnv(env, later));
    this.#size = () => ctx.storage.sql.databaseSize;
  }

  size(): { bytes: number; entries: number; decisions: number } {
    const { head, checkpoint } = this.head();
    return { bytes: this.#size(), entries: head.seq - checkpoint.seq, decisions: head.seq };
  }
}

export { CountedGate as Gate, CountedLedger as Ledger };
export { Feed } from "../../src/feed/feed.ts";

const floors = new Hono<{ Bindings: BenchEnv }>();
floors.post("/floor/bare", (c) => c.json({ ok: true }));
floors.post("/floor/d1", async (c) => c.json(await select(c.env)));
floors.post("/floor/d1-and-object", async (c) => {
  const row = await select(c.env);
  const seq = await c.env.FLOOR.getByName("floor").write(await c.req.text());
  return c.json({ row, seq });
});

function select(env: BenchEnv) {
  return env.DB.prepare("SELECT id, name, status FROM agents WHERE id = ?").bind("agent_none").first();
}

const counted = createApp();

export default {
  ...worker,
  async fetch(request: Request, env: BenchEnv, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.startsWith("/floor/")) return floors.fetch(request, env, ctx);
    if (pathname === "/later") return Response.json({ ...later, ...inObjects.count() });
    if (pathname === "/ledger-size") {
      const ledger = env.LEDGER.getByName(searchParams.get("agentId") ?? "");
      return Response.json(await (ledger as unknown as DurableObjectStub<CountedLedger>).size());
    }
    if (!pathname.startsWith("/counted/")) return worker.fetch(request, env, ctx);
    const counts: Counts = noCounts();
    const url = new URL(request.url);
    url.pathname = pathname.slice("/counted".length);
    const answer = await counted.fetch(new Request(url, request), countedEnv(env, counts), ctx);
    return Response.json({ status: answer.status, counts });
  },
};
