import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { replayWindowMs, type DecisionPacket } from "../../src/contract/verify.ts";
import { newId } from "../../src/crypto/ids.ts";
import { readEntry } from "../../src/ledger/chain.ts";
import type { Owner } from "../../src/ledger/journal.ts";
import type { Idempotency, RecordInput } from "../../src/ledger/ledger.ts";
import { Pace } from "../../src/ledger/pace.ts";
import { keyMemoryMs } from "../../src/ledger/retry.ts";
import {
  allowed,
  denied,
  held,
  isCaughtUp,
  isWhole,
  ledgerOf,
  newAgent,
  newest,
  permissionId,
  recordAll,
  request,
  seqsInD1,
  start,
  upTo,
  watchQueue,
} from "./ledger-fixtures.ts";
import { verifyChain } from "../support/verify-chain.ts";

vi.setConfig({ testTimeout: 30_000 });

describe("recording", () => {
  it("numbers and chains 200 decisions that arrive at once", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, index) => ledger.record(request(owner, { amount: index }))),
    );
    const seqs = outcomes.filter((outcome) => typeof outcome === "number");
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
      expect(await ledger.record(request(owner, { idempotency }))).toBe(2);
    });
    expect((await newest(owner)).map(({ seq }) => seq)).toEqual([2, 1]);
  });

  it("goes on from what was written last when a transaction is rolled back after its entry", async () => {
    const owner = await newAgent();
    await recordAll(owner, 1);
    await runInDurableObject(ledgerOf(owner.agentId), async (ledger, { storage }) => {
      const retry = request(owner, { idempotency: { key: "k", bodyHash: "b" } });
      storage.sql.exec(
        "CREATE TRIGGER refuse BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'refused'); END",
      );
      await expect(ledger.record(retry)).rejects.toThrow("refused");
      storage.sql.exec("DROP TRIGGER refuse");
      expect(await ledger.record(retry)).toBe(2);
      expect(await ledger.record(request(owner))).toBe(3);
    });
    const links = (await newest(owner)).toReversed();
    expect(verifyChain(links)).toMatchObject({ ok: true, entries: 3 });
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
    expect(outcomes.filter((outcome) => typeof outcome === "number")).toEqual([1]);
    const packets = outcomes.flatMap((outcome) =>
      typeof outcome === "object" && outcome.kind === "replayed" ? [outcome.packet] : [],
    );
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
    expect(await ledgerOf(owner.agentId).record(again)).toBe(2);
  });

  it("does not bring back an allow that the facts have taken away, nor after that", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    await first(owner, allowed("req_first"));
    const refused = denied("req_revoked", "permission_revoked");
    const retry = request(owner, { requestId: "req_revoked", packet: refused, idempotency, now: start + 1 });
    expect(await ledger.record(retry)).toBe(2);
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
    ["a held request of another epoch", held("req_first"), 1, "fresh"],
    [
      "a held request of another permission",
      { ...held("req_first"), permissionId: "perm_other" },
      0,
      "fresh",
    ],
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

  it("is no way around the limit of decisions, whoever approved what is asked for again", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    await first(owner, allowed("req_first", "allowed_by_grant"));
    const waits = vi.spyOn(Pace.prototype, "wait").mockReturnValue(5000);
    const retry = { ...request(owner, { requestId: "req_retry", idempotency }), permissionId };
    try {
      expect(await ledger.recall(retry)).toEqual({ kind: "limited", retryAfterMs: 5000 });
    } finally {
      waits.mockRestore();
    }
    expect((await ledger.head()).head.seq).toBe(1);
    expect(await ledger.recall(retry)).toMatchObject({ kind: "replayed" });
  });

  it("gives a try that was told to wait the grant that another try of it spent meanwhile", async () => {
    const spent = allowed("req_second", "allowed_by_grant");
    const again = { kind: "replayed", packet: { ...spent, replayed: true } };
    const after = async (changes: Partial<RecordInput>) => {
      const owner = await newAgent();
      await first(owner, spent);
      return ledgerOf(owner.agentId).record(
        request(owner, { packet: held("req_first"), idempotency, ...changes }),
      );
    };
    expect(await after({})).toEqual(again);
    expect(await after({ epoch: 1 })).toBeTypeOf("number");
    const refused = denied("req_first", "approval_denied");
    expect(await after({ packet: refused })).toBeTypeOf("number");
  });

  it("gives a try the grant that it spent, though another try of it was told to wait meanwhile", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    await first(owner, held("req_second"));
    const spent = allowed("req_first", "allowed_by_grant");
    expect(await first(owner, spent)).toBe(2);
    const retry = { ...request(owner, { requestId: "req_retry", idempotency }), permissionId };
    expect(await ledger.recall(retry)).toEqual({ kind: "replayed", packet: { ...spent, replayed: true } });
    const late = { ...retry, now: start + replayWindowMs };
    expect(await ledger.recall(late)).toEqual({ kind: "conflict" });
  });

  it("is kept from other bodies while the request that came first is under way", async () => {
    const owner = await newAgent();
    const ledger = ledgerOf(owner.agentId);
    const other = { ...idempotency, bodyHash: "other" };
    const ask = (key: typeof other, now = start) =>
      ledger.recall({ ...request(owner, { idempotency: key, now }), permissionId });
    expect(await ask(idempotency)).toEqual({ kind: "fresh" });
    expect(await ask(idempotency)).toEqual({ kind: "fresh" });
    expect(await ask(other)).toEqual({ kind: "conflict" });
    expect(await ledger.record(request(owner, { idempotency: other }))).toEqual({ kind: "conflict" });
    expect(await ask({ ...other, key: "another" })).toEqual({ kind: "fresh" });
    // What never came to an answer gives its key back once it cannot come to one any more.
    expect(await ask(other, start + 9_999)).toEqual({ kind: "conflict" });
    expect(await ask(other, start + 10_000)).toEqual({ kind: "fresh" });
    expect(await ask(idempotency, start + 10_000)).toEqual({ kind: "conflict" });
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
