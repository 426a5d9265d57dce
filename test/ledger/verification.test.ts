import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { ledgerVerificationSchema, type LedgerVerification } from "../../src/contract/log.ts";
import { hashOf } from "../../src/ledger/chain.ts";
import type { Owner } from "../../src/ledger/journal.ts";
import { verifyLedger } from "../../src/ledger/verification.ts";
import { ledgerOf, newAgent, recordAll, waiting, whileCopiesAreRefused } from "./ledger-fixtures.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

type Wrong = NonNullable<LedgerVerification["firstWrong"]>;
type Copy = { seq: number; hash: string; entry: string; request_id: string };

async function verified({ accountId, agentId }: Owner): Promise<LedgerVerification> {
  return ledgerVerificationSchema.parse(await verifyLedger(env, accountId, agentId));
}

const change = (set: string, ...values: (string | number)[]) =>
  env.DB.prepare(`UPDATE decisions SET ${set} WHERE agent_id = ? AND seq = ?`).bind(...values);

async function copy({ agentId }: Owner, seq: number): Promise<Copy> {
  const select = "SELECT seq, hash, entry, request_id FROM decisions WHERE agent_id = ? AND seq = ?";
  const found = await env.DB.prepare(select).bind(agentId, seq).first<Copy>();
  if (found === null) throw new Error(`no copy of ${seq}`);
  return found;
}

/** Writes a copy's text anew, with the hash that goes with it. */
async function rewrite(owner: Owner, seq: number, changes: Record<string, unknown>): Promise<string> {
  const entry = JSON.stringify({ ...(JSON.parse((await copy(owner, seq)).entry) as object), ...changes });
  const hash = hashOf(entry);
  await change("entry = ?, hash = ?", entry, hash, owner.agentId, seq).run();
  return hash;
}

// 1,300 entries of which the ledger itself holds the last 1,000 or a few more: 40 has left it, 1,200 has not.
let owner: Owner;
const gone = 40;
const held = 1200;

beforeAll(async () => {
  owner = await newAgent();
  await recordAll(owner, 1300);
  await ledgerOf(owner.agentId).flush();
  await vi.waitFor(async () => {
    const { checkpoint } = await ledgerOf(owner.agentId).head();
    if (checkpoint.seq <= gone || checkpoint.seq >= held) throw new Error(`checkpoint ${checkpoint.seq}`);
  }, waiting);
});

describe("verifying a ledger", () => {
  it("finds a whole one whole, and says how far it looked", async () => {
    const { head } = await ledgerOf(owner.agentId).head();
    const expected = { ok: true, agentId: owner.agentId, entries: 1300, head, firstWrong: null };
    expect(await verified(owner)).toEqual(expected);
  });

  it("finds an empty one whole", async () => {
    const empty = await newAgent();
    expect(await verified(empty)).toMatchObject({ ok: true, entries: 0, head: { seq: 0 } });
  });

  it("knows nothing of another account's agent", async () => {
    const { accountId } = await newAgent();
    expect(await verifyLedger(env, accountId, owner.agentId)).toBeUndefined();
    expect(await verifyLedger(env, accountId, "agent_of_nobody")).toBeUndefined();
  });

  it("waits for what was just written, and fails when D1 cannot take it", async () => {
    const late = await newAgent();
    await whileCopiesAreRefused(async () => {
      await recordAll(late, 10);
      await runInDurableObject(ledgerOf(late.agentId), async () => {
        await expect(verifyLedger(env, late.accountId, late.agentId)).rejects.toThrow("copies are refused");
      });
    });
    expect(await verified(late)).toMatchObject({ ok: true, entries: 10 });
  });

  it("does not take what is written meanwhile for wrong", async () => {
    const busy = await newAgent();
    await recordAll(busy, 50);
    const results = await Promise.all([
      recordAll(busy, 200),
      verified(busy),
      recordAll(busy, 200),
      verified(busy),
    ]);
    for (const result of [results[1], results[3]]) expect(result).toMatchObject({ ok: true });
  });

  type Case = [string, (seq: number) => Promise<unknown>, Wrong["problem"]];
  const cases: Case[] = [
    [
      "a changed text",
      async (seq) => {
        const { entry } = await copy(owner, seq);
        const lie = entry.replace('"allowed":true', '"allowed":false');
        await change("entry = ?", lie, owner.agentId, seq).run();
      },
      "hash_mismatch",
    ],
    [
      "a changed hash",
      (seq) => change("hash = ?", "0".repeat(64), owner.agentId, seq).run(),
      "hash_mismatch",
    ],
    [
      "a deleted entry",
      (seq) =>
        env.DB.prepare("DELETE FROM decisions WHERE agent_id = ? AND seq = ?").bind(owner.agentId, seq).run(),
      "missing",
    ],
    [
      "two texts that changed places",
      async (seq) => {
        const [one, other] = [await copy(owner, seq), await copy(owner, seq + 3)];
        await env.DB.batch([
          change(
            "entry = ?, hash = ?, request_id = ?",
            other.entry,
            other.hash,
            other.request_id,
            owner.agentId,
            seq,
          ),
          change(
            "entry = ?, hash = ?, request_id = ?",
            one.entry,
            one.hash,
            one.request_id,
            owner.agentId,
            seq + 3,
          ),
        ]);
      },
      "copy_differs",
    ],
    [
      "a copy moved to another account",
      async (seq) => {
        const { accountId } = await newAgent();
        await change("account_id = ?", accountId, owner.agentId, seq).run();
      },
      "copy_differs",
    ],
    [
      "another request id",
      (seq) => change("request_id = ?", "req_x", owner.agentId, seq).run(),
      "copy_differs",
    ],
    ["another time", (seq) => change("created_at = ?", 1, owner.agentId, seq).run(), "copy_differs"],
    [
      "a text that says another account, with its hash",
      (seq) => rewrite(owner, seq, { accountId: "acct_other" }),
      "copy_differs",
    ],
  ];

  it.each(
    cases.flatMap(([name, tamper, problem]) => [gone, held].map((seq) => ({ name, seq, tamper, problem }))),
  )("names $name at $seq", async ({ seq, tamper, problem }) => {
    const { request_id: requestId } = await copy(owner, seq);
    await restoring(async () => {
      await tamper(seq);
      const { ok, entries, firstWrong } = await verified(owner);
      expect({ ok, entries, firstWrong }).toMatchObject({
        ok: false,
        entries: seq - 1,
        firstWrong: { seq, problem },
      });
      // What the copies say may be the lie; the ledger's own entry names the request where it is still held.
      expect(seq === held ? firstWrong?.requestId : requestId).toBe(requestId);
    });
  });

  it.each([1, 1300])("names a change at either end: %i", (seq) =>
    restoring(async () => {
      await rewrite(owner, seq, { v: 2 });
      expect((await verified(owner)).firstWrong).toMatchObject({ seq, problem: "copy_differs" });
    }),
  );

  it("names the entry itself when text and hash are changed and the ledger still holds it", () =>
    restoring(async () => {
      await rewrite(owner, held, { action: "harmless" });
      expect((await verified(owner)).firstWrong).toMatchObject({ seq: held, problem: "copy_differs" });
    }));

  it("names the one after it when the ledger no longer holds it", () =>
    restoring(async () => {
      await rewrite(owner, gone, { action: "harmless" });
      expect((await verified(owner)).firstWrong).toMatchObject({ seq: gone + 1, problem: "broken_link" });
    }));

  it("is not deceived by a chain that was written anew from one entry on", () =>
    restoring(async () => {
      const { checkpoint } = await ledgerOf(owner.agentId).head();
      let prev = await rewrite(owner, checkpoint.seq - 2, { action: "harmless" });
      for (let seq = checkpoint.seq - 1; seq <= checkpoint.seq + 1; seq += 1)
        prev = await rewrite(owner, seq, { prev });
      const { firstWrong } = await verified(owner);
      expect(firstWrong).toMatchObject({ seq: checkpoint.seq, problem: "copy_differs" });
    }));

  it.each([0, -5, 1301])("names an entry %i that the ledger never wrote", async (seq) => {
    await restoring(async () => {
      const { hash, entry } = await copy(owner, 1);
      await env.DB.prepare(
        `INSERT INTO decisions (agent_id, seq, account_id, request_id, created_at, hash, entry)
        VALUES (?, ?, ?, 'req_forged', 0, ?, ?)`,
      )
        .bind(owner.agentId, seq, owner.accountId, hash, entry)
        .run();
      const problem = seq > 0 ? "head_mismatch" : "copy_differs";
      expect((await verified(owner)).firstWrong).toMatchObject({ seq, problem });
    });
  });

  it("names a forged copy of an agent that has decided nothing", async () => {
    const empty = await newAgent();
    const { hash, entry } = await copy(owner, 1);
    await env.DB.prepare(
      `INSERT INTO decisions (agent_id, seq, account_id, request_id, created_at, hash, entry)
      VALUES (?, 1, ?, 'req_forged', 0, ?, ?)`,
    )
      .bind(empty.agentId, empty.accountId, hash, entry)
      .run();
    expect((await verified(empty)).firstWrong).toMatchObject({ seq: 1, problem: "head_mismatch" });
  });

  it("notices that the end is missing", () =>
    restoring(async () => {
      await env.DB.prepare("DELETE FROM decisions WHERE agent_id = ? AND seq > 1290")
        .bind(owner.agentId)
        .run();
      const { firstWrong } = await verified(owner);
      expect(firstWrong).toMatchObject({ seq: 1291, problem: "missing" });
      expect(firstWrong?.requestId).toMatch(/^req_/);
    }));
});

/** Puts the agent's copies back as they were after `work` has tampered with them. */
async function restoring(work: () => Promise<void>): Promise<void> {
  const columns = "agent_id, seq, account_id, request_id, created_at, hash, entry";
  await env.DB.prepare(`CREATE TABLE kept AS SELECT ${columns} FROM decisions WHERE agent_id = ?`)
    .bind(owner.agentId)
    .run();
  try {
    await work();
  } finally {
    await env.DB.batch([
      env.DB.prepare("DELETE FROM decisions WHERE agent_id = ?").bind(owner.agentId),
      env.DB.prepare(`INSERT INTO decisions (${columns}) SELECT ${columns} FROM kept`),
      env.DB.prepare("DROP TABLE kept"),
    ]);
    expect((await verified(owner)).ok).toBe(true);
  }
}
