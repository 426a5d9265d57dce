import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { eventsOfAccount } from "../../src/db/events.ts";
import type { Owner } from "../../src/ledger/journal.ts";
import { keyMemoryMs } from "../../src/ledger/retry.ts";
import { verifyLedger } from "../../src/ledger/verification.ts";
import {
  isCaughtUp,
  isWhole,
  ledgerOf,
  listening,
  newAgent,
  newest,
  recordAll,
  request,
  seqsInD1,
  upTo,
  waiting,
  watchQueue,
  whileCopiesAreRefused,
} from "./ledger-fixtures.ts";
import { verifyChain } from "../support/verify-chain.ts";

vi.setConfig({ testTimeout: 30_000 });

const day = 24 * 3_600_000;

describe("draining", () => {
  it("carries many entries at once when many arrive", async () => {
    const owner = await newAgent();
    const batches = vi.spyOn(Object.getPrototypeOf(env.DB) as D1Database, "batch");
    await recordAll(owner, 300);
    await isCaughtUp(owner, 300);
    const trips = batches.mock.calls.length;
    vi.restoreAllMocks();
    console.log(`300 entries went to D1 in ${trips} trips`);
    expect(trips).toBeLessThan(60);
    expect(await seqsInD1(owner.agentId)).toEqual(upTo(300));
  });

  it("loses nothing while D1 refuses, and events go out all the same", async () => {
    const owner = await newAgent();
    const queue = await watchQueue(owner.agentId);
    await whileCopiesAreRefused(async () => {
      await recordAll(owner, 120);
      await runInDurableObject(ledgerOf(owner.agentId), async (ledger) => {
        await expect(ledger.flush()).rejects.toThrow("copies are refused");
      });
      await vi.waitFor(() => expect(queue.sent).toHaveLength(120), waiting);
      await recordAll(owner, 5);
      expect(await seqsInD1(owner.agentId)).toEqual([]);
    });
    await evictDurableObject(ledgerOf(owner.agentId));
    await runsItsAlarm(owner);
    await isCaughtUp(owner, 125);
    expect(await seqsInD1(owner.agentId)).toEqual(upTo(125));
    expect(await isWhole(owner)).toBe(true);
  });

  it("loses no event while the queue is down, and sends each under the id that it was given", async () => {
    const owner = await newAgent();
    const queue = await watchQueue(owner.agentId);
    queue.isDown = true;
    await recordAll(owner, 150);
    await ledgerOf(owner.agentId).flush();
    expect(await seqsInD1(owner.agentId)).toEqual(upTo(150));
    const ids = await runInDurableObject(ledgerOf(owner.agentId), (_, { storage }) =>
      storage.sql
        .exec<{ id: string }>("SELECT event_id AS id FROM entries ORDER BY seq")
        .toArray()
        .map(({ id }) => id),
    );
    expect(queue.sent).toEqual([]);
    queue.isDown = false;
    await runsItsAlarm(owner);
    await isCaughtUp(owner, 150);
    expect(queue.sent.map(({ eventId }) => eventId)).toEqual(ids);
    expect(new Set(ids).size).toBe(150);
  });

  it("publishes no second event for an entry whose mark was lost", async () => {
    const owner = await newAgent();
    const queue = await watchQueue(owner.agentId);
    await recordAll(owner, 2);
    await isCaughtUp(owner, 2);
    await runInDurableObject(ledgerOf(owner.agentId), (_, { storage }) => {
      storage.sql.exec("UPDATE drains SET taken = 0");
    });
    await recordAll(owner, 1);
    await isCaughtUp(owner, 3);
    const ids = new Set(queue.sent.map(({ eventId }) => eventId));
    expect(ids.size).toBe(3);
    const stored = await env.DB.prepare("SELECT id FROM events WHERE account_id = ?")
      .bind(owner.accountId)
      .all();
    expect(new Set(stored.results.map(({ id }) => id))).toEqual(ids);
    expect(stored.results).toHaveLength(3);
    expect(await seqsInD1(owner.agentId)).toEqual([1, 2, 3]);
  });

  it("publishes no event while the account has no endpoint and nobody listens, and goes on from there", async () => {
    const owner = await newAgent();
    const { accountId } = owner;
    const queue = await watchQueue(owner.agentId);
    const stored = async () =>
      (await env.DB.prepare("SELECT 1 FROM events WHERE account_id = ?").bind(accountId).all()).results
        .length;
    await env.DB.prepare("DELETE FROM webhooks WHERE account_id = ?").bind(accountId).run();
    await recordAll(owner, 30);
    await isCaughtUp(owner, 30);
    expect(await stored()).toBe(0);

    // Somebody listens: from now on events are stored, and there is no endpoint to send them to.
    await eventsOfAccount(env.DB, accountId, { limit: 1, now: Date.now() });
    await recordAll(owner, 2);
    await isCaughtUp(owner, 32);
    expect(await stored()).toBe(2);
    await env.DB.prepare("UPDATE accounts SET listened_until = ? WHERE id = ?")
      .bind(Date.now(), accountId)
      .run();
    await recordAll(owner, 1);
    await isCaughtUp(owner, 33);
    expect(await stored()).toBe(2);
    expect(queue.sent).toEqual([]);

    // An endpoint that is made right before a decision gets it.
    await env.DB.batch([listening(accountId)]);
    await recordAll(owner, 1);
    await isCaughtUp(owner, 34);
    expect(queue.sent).toHaveLength(1);

    // One that is off may have them replayed when it is on again.
    await env.DB.prepare("UPDATE webhooks SET status = 'disabled' WHERE account_id = ?")
      .bind(accountId)
      .run();
    await recordAll(owner, 1);
    await isCaughtUp(owner, 35);
    expect(await stored()).toBe(4);
  });

  it("publishes what happened while there was an endpoint, though there is none by the time", async () => {
    const owner = await newAgent();
    const queue = await watchQueue(owner.agentId);
    queue.isDown = true;
    await recordAll(owner, 3);
    await ledgerOf(owner.agentId).flush();
    await vi.waitFor(() => eventsHaveFailed(owner), waiting);
    await env.DB.prepare("DELETE FROM webhooks WHERE account_id = ?").bind(owner.accountId).run();
    await recordAll(owner, 3);
    await ledgerOf(owner.agentId).flush();
    queue.isDown = false;
    await runsItsAlarm(owner);
    await isCaughtUp(owner, 6);
    const { results } = await env.DB.prepare("SELECT id FROM events WHERE account_id = ?")
      .bind(owner.accountId)
      .all();
    expect(results.length).toBeGreaterThanOrEqual(3);
  });

  it("is taken up by the alarm after a crash between the write and the drain", async () => {
    const owner = await newAgent();
    await whileCopiesAreRefused(() => recordAll(owner, 3));
    await runInDurableObject(ledgerOf(owner.agentId), async (_, { storage }) => {
      expect(await storage.getAlarm()).not.toBeNull();
      storage.sql.exec("UPDATE drains SET failures = 0, retry_at = 0");
    });
    await abortAllDurableObjects();
    await runsItsAlarm(owner);
    await isCaughtUp(owner, 3);
    expect(await seqsInD1(owner.agentId)).toEqual([1, 2, 3]);
  });

  it("waits longer after each failure and comes to rest when all is taken", async () => {
    const owner = await newAgent();
    const retryIn = () =>
      runInDurableObject(ledgerOf(owner.agentId), async (_, { storage }) => {
        const [copies] = storage.sql
          .exec<{ retryAt: number }>("SELECT retry_at AS retryAt FROM drains WHERE destination = 'copies'")
          .toArray();
        const alarm = await storage.getAlarm();
        expect(alarm).not.toBeNull();
        return (copies?.retryAt ?? 0) - Date.now();
      });
    const delays: number[] = [];
    await whileCopiesAreRefused(async () => {
      await recordAll(owner, 1);
      await vi.waitFor(async () => expect(await retryIn()).toBeGreaterThan(0), waiting);
      for (let failures = 0; failures < 4; failures += 1) {
        delays.push(await retryIn());
        await runsItsAlarm(owner);
      }
    });
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThan(700 * 2 ** index);
      expect(delay).toBeLessThanOrEqual(1500 * 2 ** index);
    }
    await runsItsAlarm(owner);
    await isCaughtUp(owner, 1);
    expect(await runDurableObjectAlarm(ledgerOf(owner.agentId))).toBe(false);
  });

  it("sends all that it still holds again when D1 has lost copies", async () => {
    const owner = await newAgent();
    await recordAll(owner, 50);
    await ledgerOf(owner.agentId).flush();
    await env.DB.prepare("DELETE FROM decisions WHERE agent_id = ? AND seq > 20").bind(owner.agentId).run();
    await recordAll(owner, 1);
    await ledgerOf(owner.agentId).flush();
    await vi.waitFor(async () => expect(await seqsInD1(owner.agentId)).toEqual(upTo(51)), waiting);
    expect(await isWhole(owner)).toBe(true);
  });

  it("does not go round for ever when D1 has lost what the ledger no longer holds", async () => {
    const owner = await newAgent();
    await recordAll(owner, 1300);
    await isCaughtUp(owner, 1300);
    await env.DB.prepare("DELETE FROM decisions WHERE agent_id = ?").bind(owner.agentId).run();
    await recordAll(owner, 1);
    await isCaughtUp(owner, 1301);
    const { checkpoint } = await ledgerOf(owner.agentId).head();
    expect(checkpoint.seq).toBeGreaterThanOrEqual(250);
    expect(await seqsInD1(owner.agentId)).toEqual(upTo(1301).slice(checkpoint.seq));
    expect(await verifyLedger(env, owner.accountId, owner.agentId)).toMatchObject({
      ok: false,
      firstWrong: { seq: 1, problem: "missing" },
    });
  });

  it("comes to rest when the agent is gone, and forgets it when it cannot come back", async () => {
    const owner = await newAgent();
    await whileCopiesAreRefused(async () => {
      await recordAll(owner, 3);
      await runInDurableObject(ledgerOf(owner.agentId), async (ledger) => {
        await expect(ledger.flush()).rejects.toThrow("copies are refused");
      });
    });
    await env.DB.prepare("DELETE FROM accounts WHERE id = ?").bind(owner.accountId).run();
    await runsItsAlarm(owner);
    await isCaughtUp(owner, 3);
    await runDurableObjectAlarm(ledgerOf(owner.agentId));
    expect(await alarmOf(owner)).toBeGreaterThan(Date.now() + 29 * day);
    expect(await seqsInD1(owner.agentId)).toEqual([]);
    expect(await newest(owner)).toHaveLength(3);

    await runInDurableObject(ledgerOf(owner.agentId), (_, { storage }) => {
      storage.sql.exec("UPDATE drains SET retry_at = 1 WHERE destination = 'copies'");
    });
    await evictDurableObject(ledgerOf(owner.agentId));
    await runDurableObjectAlarm(ledgerOf(owner.agentId));
    expect(await newest(owner)).toEqual([]);
    expect(await alarmOf(owner)).toBeNull();
    expect((await ledgerOf(owner.agentId).head()).head.seq).toBe(3);
  });

  it("goes on where it rested when the agent was gone by mistake", async () => {
    const owner = await newAgent();
    await env.DB.prepare("DELETE FROM agents WHERE id = ?").bind(owner.agentId).run();
    // More than it keeps of what D1 has taken.
    await recordAll(owner, 1300);
    await ledgerOf(owner.agentId).flush();
    await isCaughtUp(owner, 1300);
    await env.DB.prepare("INSERT INTO agents (id, account_id, name, created_at) VALUES (?, ?, 'ollie', 0)")
      .bind(owner.agentId, owner.accountId)
      .run();
    await recordAll(owner, 1);
    await vi.waitFor(async () => expect(await seqsInD1(owner.agentId)).toEqual(upTo(1301)), waiting);
    await isCaughtUp(owner, 1301);
    await runDurableObjectAlarm(ledgerOf(owner.agentId));
    expect(await alarmOf(owner)).toBeNull();
    expect(await isWhole(owner)).toBe(true);
  });

  it("keeps the newest thousand and a checkpoint, and the chain stays whole", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    for (let round = 0; round < 8; round += 1) {
      await recordAll(owner, 300);
      await ledger.flush();
    }
    await isCaughtUp(owner, 2400);
    const { head, checkpoint } = await ledger.head();
    expect(head.seq).toBe(2400);
    expect(checkpoint.seq).toBeLessThanOrEqual(1400);
    expect(checkpoint.seq).toBeGreaterThan(1400 - 250);
    const held = await runInDurableObject(ledger, (_, { storage }) =>
      storage.sql.exec<{ count: number }>("SELECT count(*) AS count FROM entries").one(),
    );
    expect(held.count).toBe(2400 - checkpoint.seq);
    const links = await ledger.entriesFrom(1, 2000);
    expect(verifyChain(links, checkpoint)).toMatchObject({ ok: true, head });
    expect(await newest(owner, 1000)).toHaveLength(1000);
    expect(await isWhole(owner)).toBe(true);
  });

  it("holds on to everything while a destination has not taken it", async () => {
    const owner = await newAgent();
    const queue = await watchQueue(owner.agentId);
    queue.isDown = true;
    await recordAll(owner, 1400);
    await ledgerOf(owner.agentId).flush();
    expect((await ledgerOf(owner.agentId).head()).checkpoint.seq).toBe(0);
    queue.isDown = false;
    await runsItsAlarm(owner);
    await isCaughtUp(owner, 1400);
    const { checkpoint } = await ledgerOf(owner.agentId).head();
    expect(checkpoint.seq).toBeGreaterThan(400 - 250);
    expect(checkpoint.seq).toBeLessThanOrEqual(400);
    expect(queue.sent).toHaveLength(1400);
  });

  it("forgets keys with the entries that leave, when their day is over", async () => {
    const owner = await newAgent();
    const old = Date.now() - keyMemoryMs - 1;
    const keyed = (key: string, now: number) =>
      ledgerOf(owner.agentId).record(request(owner, { now, idempotency: { key, bodyHash: "b" } }));
    await Promise.all(upTo(20).map((index) => keyed(`old-${index}`, old)));
    await keyed("recent", Date.now());
    await recordAll(owner, 1300);
    await isCaughtUp(owner, 1321);
    const keys = await runInDurableObject(ledgerOf(owner.agentId), (_, { storage }) =>
      storage.sql.exec<{ key: string }>("SELECT key FROM answers").toArray(),
    );
    expect(keys).toEqual([{ key: "recent" }]);
  });
});

function eventsHaveFailed({ agentId }: Owner): Promise<void> {
  return runInDurableObject(ledgerOf(agentId), (_, { storage }) => {
    const [row] = storage.sql
      .exec<{ failures: number }>("SELECT failures FROM drains WHERE destination = 'events'")
      .toArray();
    expect(row?.failures).toBeGreaterThan(0);
  });
}

// The delay passes at once: what was due later is due now. An alarm that came by itself meanwhile has done the same.
async function runsItsAlarm({ agentId }: Owner): Promise<void> {
  await runInDurableObject(ledgerOf(agentId), (_, { storage }) => {
    storage.sql.exec("UPDATE drains SET retry_at = 0");
  });
  await runDurableObjectAlarm(ledgerOf(agentId));
}

const alarmOf = ({ agentId }: Owner) =>
  runInDurableObject(ledgerOf(agentId), (_, { storage }) => storage.getAlarm());
