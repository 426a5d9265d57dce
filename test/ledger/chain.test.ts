import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendTo, genesis, hashOf, type Draft, type Link } from "../../src/ledger/chain.ts";
import { verifyChain } from "../support/verify-chain.ts";
import { eventOf } from "../../src/ledger/events.ts";
import { Drain, retryDelayMs } from "../../src/ledger/drain.ts";
import { keyMemoryMs, verdictOnRetry, type AllowedNow, type Answer } from "../../src/ledger/retry.ts";
import { replayWindowMs } from "../../src/contract/verify.ts";
import { allowed, denied, held, permissionId, start } from "./ledger-fixtures.ts";

const draft: Draft = {
  requestId: "req_K9mXp2qR",
  at: "2030-01-31T12:00:00.000Z",
  accountId: "acct_one",
  agentId: "agent_ollie",
  permissionId: undefined,
  action: "purchase",
  vendor: "coachella.com",
  amount: 742,
  allowed: false,
  approvalRequired: false,
  decision: "denied",
  reason: "No active permission exists for this action.",
  reasonCode: "no_permission",
  risk: "high",
};

function chainOf(count: number): Link[] {
  const links: Link[] = [];
  for (let index = 0; index < count; index += 1)
    links.push(appendTo(links.at(-1) ?? genesis, { ...draft, amount: index }));
  return links;
}

const forged = (link: Link, changes: Record<string, unknown>): Link => {
  const entry = JSON.stringify({ ...(JSON.parse(link.entry) as object), ...changes });
  return { ...link, entry, hash: hashOf(entry) };
};

describe("the chain", () => {
  it("hashes the canonical text, which holds the number and the hash before", () => {
    const link = appendTo(genesis, draft);
    expect(link.entry).toBe(
      '{"accountId":"acct_one","action":"purchase","agentId":"agent_ollie","allowed":false,"amount":742,' +
        '"approvalRequired":false,"at":"2030-01-31T12:00:00.000Z","decision":"denied",' +
        `"prev":"${"0".repeat(64)}","reason":"No active permission exists for this action.",` +
        '"reasonCode":"no_permission","requestId":"req_K9mXp2qR","risk":"high","seq":1,"v":1,' +
        '"vendor":"coachella.com"}',
    );
    expect(link.hash).toBe("400ad6337014a080b3bd2a24ba43711b5c845dfc4f43ca53c6c34be2d5f78c42");
    expect(appendTo(link, draft).entry).toContain(`"prev":"${link.hash}"`);
  });

  it("hashes the same text whether its values need sorting or not", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom('"', "\\", "\u2028", "\u007f", "\u{1f600}"),
    );
    const changes = fc.record(
      {
        action: text,
        vendor: text,
        environment: text,
        amount: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(), fc.constant(-0)),
        approvalId: fc.constant<Draft["approvalId"]>("apr_one"),
        argumentsHash: text,
        replayOf: fc.constant<Draft["replayOf"]>("req_first"),
        permissionId: fc.constant<Draft["permissionId"]>("perm_one"),
        metadata: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.nat()), { maxKeys: 3 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(changes, fc.integer({ min: 1 }), (change, seq) => {
        const head = { seq, hash: "a".repeat(64) };
        const said = { ...draft, ...change };
        const link = appendTo(head, said);
        expect(link.entry).toBe(canonicalize({ ...said, v: 1, seq: seq + 1, prev: head.hash }));
        expect(link.hash).toBe(hashOf(link.entry));
      }),
    );
  });

  it("refuses what JSON cannot hold and what D1 could not read", () => {
    expect(() => appendTo(genesis, { ...draft, amount: Number.NaN })).toThrow("NaN");
    expect(() => appendTo(genesis, { ...draft, action: "\ud800" })).toThrow("surrogate");
    const nested = (depth: number) => ({ a: JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown });
    expect(() => appendTo(genesis, { ...draft, metadata: nested(1000) })).toThrow(RangeError);
    expect(() => appendTo(genesis, { ...draft, metadata: nested(100) })).not.toThrow();
  });

  it("is whole from the start and from a checkpoint", () => {
    const links = chainOf(5);
    expect(verifyChain(links)).toEqual({ ok: true, entries: 5, head: { seq: 5, hash: links[4]?.hash } });
    expect(verifyChain(links.slice(2), links[1])).toMatchObject({ ok: true, entries: 3 });
    expect(verifyChain([])).toEqual({ ok: true, entries: 0, head: genesis });
  });

  it.each<[string, (links: Link[]) => unknown, { seq: number; problem: string }]>([
    [
      "a changed text",
      (links) => links.splice(2, 1, { ...links[2], entry: `${links[2]?.entry} ` } as Link),
      { seq: 3, problem: "hash_mismatch" },
    ],
    [
      "a changed hash",
      (links) => links.splice(2, 1, { ...links[2], hash: "0".repeat(64) } as Link),
      { seq: 3, problem: "hash_mismatch" },
    ],
    [
      "a text changed together with its hash, at the entry that no longer follows",
      (links) => links.splice(2, 1, forged(links[2] as Link, { allowed: true })),
      { seq: 4, problem: "broken_link" },
    ],
    ["a missing entry", (links) => links.splice(2, 1), { seq: 3, problem: "missing" }],
    ["a missing start", (links) => links.splice(0, 1), { seq: 1, problem: "missing" }],
    [
      "two that changed places",
      (links) => ([links[1], links[3]] = [links[3] as Link, links[1] as Link]),
      { seq: 2, problem: "missing" },
    ],
    [
      "an entry that stands twice",
      (links) => links.splice(2, 0, links[1] as Link),
      { seq: 2, problem: "copy_differs" },
    ],
    [
      "another entry's text under a number",
      (links) => links.splice(2, 1, { ...(links[1] as Link), seq: 3 }),
      { seq: 3, problem: "copy_differs" },
    ],
    [
      "a text that is no entry",
      (links) => links.splice(2, 1, { seq: 3, entry: "{", hash: hashOf("{") }),
      { seq: 3, problem: "copy_differs" },
    ],
  ])("names %s", (_, tamper, firstWrong) => {
    const links = chainOf(5);
    tamper(links);
    expect(verifyChain(links)).toMatchObject({ ok: false, firstWrong });
  });
});

describe("a retry with a known Idempotency-Key", () => {
  const requestId = "req_first";
  const grant: AllowedNow = { reasonCode: "allowed_by_grant", permissionId, epoch: 0 };
  const plain: AllowedNow = { ...grant, reasonCode: "allowed" };
  const answer = (packet: Answer["packet"]): Answer => ({ bodyHash: "same", packet, epoch: 0, at: start });
  const plainAnswer = answer(allowed(requestId));
  const heldAnswer = answer(held(requestId));
  const grantAnswer = answer(allowed(requestId, "allowed_by_grant"));

  it.each<[string, Answer | undefined, AllowedNow, string]>([
    ["an unknown key", undefined, plain, "fresh"],
    ["an allow that still holds", plainAnswer, plain, "replay"],
    ["an allow that became a refusal", plainAnswer, null, "fresh"],
    ["an allow under another permission now", plainAnswer, { ...plain, permissionId: "perm_other" }, "fresh"],
    ["an allow of another epoch", plainAnswer, { ...plain, epoch: 1 }, "fresh"],
    ["a plain allow where a person must approve now", plainAnswer, grant, "fresh"],
    ["an allow by grant where none is needed now", grantAnswer, plain, "fresh"],
    ["an allow by the same grant", grantAnswer, grant, "replay"],
    ["a denial, whatever the facts say now", answer(denied(requestId)), plain, "replay"],
    ["a held request that is still held", heldAnswer, grant, "replay"],
    ["one that was denied meanwhile", heldAnswer, { ...grant, reasonCode: "approval_denied" }, "replay"],
    ["one whose grant another try of it spent", heldAnswer, { ...grant, hasSpent: true }, "fresh"],
    ["one that became a refusal", heldAnswer, null, "fresh"],
    ["one of another epoch", heldAnswer, { ...grant, epoch: 1 }, "fresh"],
    ["one under another permission now", heldAnswer, { ...grant, permissionId: "perm_other" }, "fresh"],
    ["one that needs nobody now", heldAnswer, plain, "fresh"],
  ])("%s", (_, stored, allowedNow, kind) => {
    expect(verdictOnRetry(stored, "same", allowedNow, start + 1).kind).toBe(kind);
  });

  it("conflicts with another body, at once and for as long as the key is remembered", () => {
    for (const now of [start, start + replayWindowMs, start + keyMemoryMs - 1])
      expect(verdictOnRetry(plainAnswer, "other", plain, now)).toEqual({ kind: "conflict" });
  });

  it("ends its window on the exact millisecond", () => {
    const end = start + replayWindowMs;
    expect(verdictOnRetry(plainAnswer, "same", plain, end - 1).kind).toBe("replay");
    expect(verdictOnRetry(plainAnswer, "same", plain, end).kind).toBe("conflict");
    expect(verdictOnRetry(answer(denied(requestId)), "same", null, end).kind).toBe("conflict");
  });

  it("is forgotten on the exact millisecond", () => {
    const end = start + keyMemoryMs;
    expect(verdictOnRetry(plainAnswer, "same", plain, end - 1)).toEqual({ kind: "conflict" });
    expect(verdictOnRetry(plainAnswer, "other", plain, end)).toEqual({ kind: "fresh", keyUsedAt: end });
  });

  it("keeps counting from the key's first use when the facts have changed", () => {
    expect(verdictOnRetry(plainAnswer, "same", null, start + 5)).toEqual({ kind: "fresh", keyUsedAt: start });
  });
});

describe("events", () => {
  const entry = { ...draft, v: 1 as const, seq: 1, prev: genesis.hash };

  it("tell of the decision and of nothing else that the request carried", () => {
    const told = eventOf(
      { ...entry, metadata: { secret: "s3cret" }, argumentsHash: "a".repeat(64), environment: "production" },
      "evt_one",
    );
    expect(JSON.parse(JSON.stringify(told))).toEqual({
      eventId: "evt_one",
      type: "verification.denied",
      createdAt: draft.at,
      accountId: "acct_one",
      data: {
        requestId: "req_K9mXp2qR",
        agentId: "agent_ollie",
        action: "purchase",
        allowed: false,
        approvalRequired: false,
        risk: "high",
        vendor: "coachella.com",
        amount: 742,
        reason: "No active permission exists for this action.",
        reasonCode: "no_permission",
      },
    });
  });
});

describe("the delay before a retry", () => {
  it("doubles from one second to ten minutes, with jitter", () => {
    const delays = [1, 2, 3, 9, 10, 11, 40].map((failures) => retryDelayMs(failures, 0));
    expect(delays).toEqual([1000, 2000, 4000, 256_000, 512_000, 600_000, 600_000]);
    expect(retryDelayMs(1, 0.999)).toBe(1500);
    expect(retryDelayMs(2000, 0)).toBe(600_000);
  });
});

describe("a drain", () => {
  it("rests between its rounds, unless much has come, and takes what comes meanwhile", async () => {
    let last = 1;
    const rounds = [0];
    const drain = new Drain(
      () => rounds.at(-1) ?? 0,
      () => Promise.resolve(void rounds.push(last)),
    );
    const run = () => drain.run(() => last);
    await run();
    const second = (async () => {
      last = 2;
      await run();
    })();
    for (last = 3; last < 20; last += 1) await run();
    await second;
    expect(rounds).toEqual([0, 1, 20]);
    last = 600;
    await run();
    expect(rounds).toEqual([0, 1, 20, 600]);
  });

  it("has nothing left to do where others took all of it while it rested", async () => {
    let [last, taken, rounds] = [1, 0, 0];
    const drain = new Drain(
      () => taken,
      async () => {
        rounds += 1;
        taken = last;
        await Promise.resolve();
      },
    );
    await drain.run(() => last);
    last = 2;
    const resting = drain.run(() => last);
    await drain.upTo(2);
    await resting;
    expect(rounds).toBe(2);
  });
});
