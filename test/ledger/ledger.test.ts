import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { replayWindowMs, type DecisionPacket } from "../../src/contract/verify.ts";
import { newId } from "../../src/crypto/ids.ts";
import { readEntry, verifyChain, type Link } from "../../src/ledger/chain.ts";
import type { Owner } from "../../src/ledger/journal.ts";
import type { Idempotency, RecordInput } from "../../src/ledger/ledger.ts";
import { keyMemoryMs } from "../../src/ledger/retry.ts";
import { verifyLedger } from "../../src/ledger/verification.ts";
import {
  allowed,
  denied,
  held,
  ledgerOf,
  newAgent,
  permissionId,
  recordAll,
  request,
  seqsInD1,
  start,
  upTo,
  waiting,
  watchQueue,
  whileCopiesAreRefused,
} from "./ledger-fixtures.ts";

vi.setConfig({ testTimeout: 30_000 });

const isWhole = async ({ accountId, agentId }: Owner) =>
  (await verifyLedger(env, accountId, agentId))?.ok === true;

const newest = async ({ agentId }: Owner, limit = 1000): Promise<Link[]> => ledgerOf(agentId).newest(limit);

const isCaughtUp = ({ agentId }: Owner, seq: number) =>
  vi.waitFor(
    () =>
      runInDurableObject(ledgerOf(agentId), (_, { storage }) => {
        const rows = storage.sql.exec<{ taken: number }>("SELECT taken FROM drains").toArray();
        expect(rows.map(({ taken }) => taken)).toEqual([seq, seq]);
      }),
    waiting,
  );

describe("recording", () => {
  it("numbers and chains 200 decisions that arrive at once", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, index) => ledger.record(request(owner, { amount: index }))),
    );
    const seqs = outcomes.map((outcome) => (outcome.kind === "recorded" ? outcome.seq : Number.NaN));
    expect(seqs.toSorted((a, b) => a - b)).toEqual(upTo(200));
    const links = (await newest(owner)).toReversed();
    expect(verifyChain(links)).toMatchObject({ ok: true, entries: 200 });
    await ledger.flush();
    expect(await seqsInD1(owner.agentId)).toEqual(upTo(200));
    expect(await isWhole(owner)).toBe(true);
  });

  it("keeps everything that the decision was about, and no more", async () => {
    const owner = await newAgent();
    const metadata = { environment: "production", ticket: { id: 7 } };
    const packet = held("req_one");
    await ledgerOf(owner.agentId).record({
      ...request(owner, { requestId: "req_one", packet, metadata, amount: 742 }),
      argumentsHash: "a".repeat(64),
      environment: "production",
    });
    const [link] = await newest(owner);
    expect(JSON.parse(link?.entry ?? "")).toEqual({
      v: 1,
      seq: 1,
      prev: "0".repeat(64),
      requestId: "req_one",
      at: "2030-01-31T12:00:00.000Z",
      ...owner,
      permissionId,
      action: "deploy",
      vendor: "vercel.com",
      amount: 742,
      environment: "production",
      argumentsHash: "a".repeat(64),
      allowed: false,
      approvalRequired: true,
      approvalId: packet.approvalId,
      decision: "approval_required",
      reason: packet.reason,
      reasonCode: "requires_approval",
      risk: "medium",
      metadata,
    });
  });

  it("names the approval whose grant was spent", async () => {
    const owner = await newAgent();
    const approvalId = newId("approval");
    const packet = allowed("req_two", "allowed_by_grant");
    await ledgerOf(owner.agentId).record(request(owner, { requestId: "req_two", packet, approvalId }));
    const [link] = await newest(owner);
    expect(readEntry(link?.entry ?? "")).toMatchObject({ decision: "allowed", approvalId });
  });

  it("writes one row for a plain append and three with a key, and sets no alarm twice", async () => {
    const owner = await newAgent();
    await ledgerOf(owner.agentId).record(request(owner));
    await isCaughtUp(owner, 1);
    const written = (input: RecordInput) =>
      runInDurableObject(ledgerOf(owner.agentId), async (ledger, { storage }) => {
        const exec = vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, "exec");
        const setAlarm = vi.spyOn(storage, "setAlarm");
        await ledger.record(input);
        const cursors = exec.mock.results.map(({ value }) => value as SqlStorageCursor<never>);
        const rows = cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
        vi.restoreAllMocks();
        expect(setAlarm).not.toHaveBeenCalled();
        return rows;
      });
    expect(await written(request(owner))).toBe(1);
    expect(await written(request(owner, { idempotency: { key: "k", bodyHash: "b" } }))).toBe(3);
  });

  it("refuses another agent's decision, and another account's, and chains nothing", async () => {
    const [owner, other] = [await newAgent(), await newAgent()];
    await recordAll(owner, 1);
    await runInDurableObject(ledgerOf(owner.agentId), async (ledger) => {
      await expect(ledger.record(request(other))).rejects.toThrow("belongs to another agent");
      const stolen = { ...owner, accountId: other.accountId };
      await expect(ledger.record(request(stolen))).rejects.toThrow("belongs to another agent");
      const recalled = ledger.recall({ ...request(other), permissionId });
      await expect(recalled).rejects.toThrow("belongs to another agent");
    });
    await runInDurableObject(ledgerOf(other.agentId), async (ledger) => {
      await expect(ledger.record(request(owner))).rejects.toThrow("not the agent's");
    });
    expect(await newest(owner)).toHaveLength(1);
    expect(await newest(other)).toHaveLength(0);
  });

  it("writes nothing when the entry cannot be made", async () => {
    const owner = await newAgent();
    await recordAll(owner, 1);
    await runInDurableObject(ledgerOf(owner.agentId), async (ledger) => {
      const idempotency = { key: "k", bodyHash: "b" };
      await expect(ledger.record(request(owner, { idempotency, action: "\ud800" }))).rejects.toThrow(
        "surrogate",
      );
      expect((await ledger.record(request(owner, { idempotency }))).kind).toBe("recorded");
    });
    expect((await newest(owner)).map(({ seq }) => seq)).toEqual([2, 1]);
  });

  it("goes on with the same chain after an eviction and after a crash", async () => {
    const owner = await newAgent();
    for (const restart of [() => evictDurableObject(ledgerOf(owner.agentId)), abortAllDurableObjects]) {
      await recordAll(owner, 3);
      await restart();
    }
    await recordAll(owner, 3);
    expect((await newest(owner)).map(({ seq }) => seq)).toEqual(upTo(9).toReversed());
    expect(await isWhole(owner)).toBe(true);
  });
});

describe("an Idempotency-Key", () => {
  const idempotency: Idempotency = { key: "retry-1", bodyHash: "same" };
  const first = (owner: Owner, packet: DecisionPacket, epoch = 0) =>
    ledgerOf(owner.agentId).record(
      request(owner, { requestId: packet.requestId, packet, epoch, idempotency }),
    );

  it("gets the same packet again, on record and without a second event", async () => {
    const owner = await newAgent();
    const queue = await watchQueue(owner.agentId);
    await first(owner, allowed("req_first"));
    const retry = request(owner, { requestId: "req_retry", idempotency, now: start + replayWindowMs - 1 });
    const outcome = await ledgerOf(owner.agentId).record(retry);
    expect(outcome).toEqual({
      kind: "replayed",
      packet: { ...allowed("req_first"), replayed: true },
    });
    const [entry] = (await newest(owner)).map((link) => readEntry(link.entry));
    expect(entry).toMatchObject({ seq: 2, requestId: "req_retry", replayOf: "req_first", allowed: true });
    await isCaughtUp(owner, 2);
    expect(queue.sent.map(({ data }) => data["requestId"])).toEqual(["req_first"]);
    expect(await isWhole(owner)).toBe(true);
  });

  it("is decided once of 50 requests at the same time", async () => {
    const owner = await newAgent();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => ledgerOf(owner.agentId).record(request(owner, { idempotency }))),
    );
    expect(outcomes.filter(({ kind }) => kind === "recorded")).toHaveLength(1);
    const packets = outcomes.flatMap((outcome) => (outcome.kind === "replayed" ? [outcome.packet] : []));
    expect(new Set(packets.map(({ requestId }) => requestId)).size).toBe(1);
    expect(packets).toHaveLength(49);
  });

  it("conflicts with another body and after its window, and then writes nothing", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    await first(owner, allowed("req_first"));
    const before = await ledger.head();
    const otherBody = { ...idempotency, bodyHash: "other" };
    const late = start + replayWindowMs;
    expect(await ledger.record(request(owner, { idempotency: otherBody }))).toEqual({ kind: "conflict" });
    expect(await ledger.record(request(owner, { idempotency, now: late }))).toEqual({ kind: "conflict" });
    const asked = { ...request(owner, { idempotency, now: late }), permissionId };
    expect(await ledger.recall(asked)).toEqual({ kind: "conflict" });
    expect(await ledger.head()).toEqual(before);
  });

  it("is as good as new after a day", async () => {
    const owner = await newAgent();
    await first(owner, allowed("req_first"));
    const now = start + keyMemoryMs;
    const again = request(owner, {
      requestId: "req_new",
      idempotency: { ...idempotency, bodyHash: "other" },
      now,
    });
    expect(await ledgerOf(owner.agentId).record(again)).toMatchObject({ kind: "recorded", seq: 2 });
  });

  it("does not bring back an allow that the facts have taken away, nor after that", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    await first(owner, allowed("req_first"));
    const refused = denied("req_revoked", "permission_revoked");
    const retry = request(owner, { requestId: "req_revoked", packet: refused, idempotency, now: start + 1 });
    expect(await ledger.record(retry)).toMatchObject({ kind: "recorded", seq: 2 });
    const restored = await ledger.record(request(owner, { idempotency, now: start + 2 }));
    expect(restored).toEqual({ kind: "replayed", packet: { ...refused, replayed: true } });
    const late = request(owner, { idempotency, now: start + replayWindowMs });
    expect(await ledger.record(late)).toEqual({ kind: "conflict" });
  });

  it.each<[string, DecisionPacket, number, "fresh" | "replayed"]>([
    ["a grant's allow in the same epoch", allowed("req_first", "allowed_by_grant"), 0, "replayed"],
    ["a grant's allow of another epoch", allowed("req_first", "allowed_by_grant"), 1, "fresh"],
    [
      "a grant's allow under another permission",
      allowed("req_first", "allowed_by_grant", "perm_other"),
      0,
      "fresh",
    ],
    ["a plain allow where a person must approve now", allowed("req_first"), 0, "fresh"],
    ["a held request", held("req_first"), 0, "replayed"],
    ["a denial", denied("req_first", "approval_denied"), 1, "replayed"],
  ])("recalls before the gate is asked: %s", async (_, packet, epoch, kind) => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    await first(owner, packet, epoch);
    const outcome = await ledger.recall({
      ...request(owner, { requestId: "req_retry", idempotency }),
      permissionId,
    });
    const expected = kind === "fresh" ? { kind } : { kind, packet: { ...packet, replayed: true } };
    expect(outcome).toEqual(expected);
    expect((await ledger.head()).head.seq).toBe(kind === "fresh" ? 1 : 2);
  });

  it("recalls nothing for a key that is new, or without one", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    for (const context of [request(owner), request(owner, { idempotency })])
      expect(await ledger.recall({ ...context, permissionId })).toEqual({ kind: "fresh" });
    expect((await ledger.head()).head.seq).toBe(0);
  });

  it("survives a crash", async () => {
    const owner = await newAgent();
    await first(owner, allowed("req_first"));
    await abortAllDurableObjects();
    const outcome = await ledgerOf(owner.agentId).record(request(owner, { idempotency }));
    expect(outcome).toMatchObject({ kind: "replayed", packet: { requestId: "req_first" } });
  });
});

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

  it("is taken up by the alarm after a crash between the write and the drain", async () => {
    const owner = await newAgent();
    await whileCopiesAreRefused(() => recordAll(owner, 3));
    await runInDurableObject(ledgerOf(owner.agentId), async (_, { storage }) => {
      expect(await storage.getAlarm()).not.toBeNull();
      storage.sql.exec("UPDATE drains SET failures = 0, retry_at = 0");
    });
    await abortAllDurableObjects();
    await runsItsAlarm(owner);
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

// The delay passes at once: what was due later is due now.
async function runsItsAlarm({ agentId }: Owner): Promise<void> {
  await runInDurableObject(ledgerOf(agentId), (_, { storage }) => {
    storage.sql.exec("UPDATE drains SET retry_at = 0");
  });
  expect(await runDurableObjectAlarm(ledgerOf(agentId))).toBe(true);
}
