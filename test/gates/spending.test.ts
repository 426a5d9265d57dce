import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replayWindowMs } from "../../src/contract/verify.ts";
import { gateName, gateOf } from "../../src/gates/gate-name.ts";
import { day, kinds, newScene, start, times } from "./scene.ts";

describe("a grant is spent once", () => {
  it("by 100 concurrent requests: exactly one is allowed", async () => {
    const scene = await newScene();
    const approvalId = await scene.approved();
    const answers = await Promise.all(times(100, () => scene.ask()));
    expect(kinds(answers)).toEqual({ spent: 1, pending: 99 });
    const spent = answers.find(({ kind }) => kind === "spent");
    expect(spent).toEqual({ kind: "spent", approvalId, replay: false });
    const rest = answers.flatMap((answer) => (answer.kind === "pending" ? [answer.approvalId] : []));
    expect(new Set(rest).size).toBe(1);
    expect(rest).not.toContain(approvalId);
  });

  it("over two connections and a restart in the middle", async () => {
    const scene = await newScene();
    await scene.approved();
    const two = [scene.gate(), scene.gate()];
    const early = times(20, (index) => scene.ask({}, two[index % 2]));
    await evictDurableObject(scene.stub());
    const late = times(20, (index) => scene.ask({}, two[index % 2]));
    const answers = await Promise.all([...early, ...late]);
    expect(kinds(answers)).toEqual({ spent: 1, pending: 39 });
  });

  it("by any interleaving of requests, a verdict and an end", async () => {
    const scene = await newScene();
    let epoch = 0;
    const run = async (scheduler: fc.Scheduler) => {
      const old = epoch;
      epoch += 1;
      const approvalId = await scene.opened({ epoch: old });
      const log: string[] = [];
      const steps = [
        ...times(6, () => async () => {
          const began = log.length;
          const { kind } = await scene.ask({ epoch: old });
          log.push(log.slice(0, began).includes("end") ? `${kind} after the end` : kind);
        }),
        async () => log.push((await scene.review(approvalId, { epoch: old })).kind),
        async () => {
          await scene.gate().end({ permissionEnded: false, epoch, now: start });
          log.push("end");
        },
      ];
      const done = Promise.all(
        steps.map(async (step) => {
          await scheduler.schedule(Promise.resolve());
          await step();
        }),
      );
      await scheduler.waitFor(done);
      expect(log.filter((kind) => kind === "spent").length).toBeLessThanOrEqual(1);
      expect(log).not.toContain("spent after the end");
      expect(log).not.toContain("pending after the end");
      expect(await scene.ask({ epoch: old })).toMatchObject({ kind: "ended" });
    };
    await fc.assert(fc.asyncProperty(fc.scheduler(), run), { numRuns: 20 });
  }, 30_000);

  it("and the try that spent it gets its answer again for two minutes, nobody else does", async () => {
    const scene = await newScene();
    const approvalId = await scene.approved();
    expect(await scene.ask({ attempt: "a1" })).toEqual({ kind: "spent", approvalId, replay: false });
    await evictDurableObject(scene.stub());
    const replay = { kind: "spent", approvalId, replay: true };
    expect(await Promise.all(times(20, () => scene.ask({ attempt: "a1" })))).toEqual(times(20, () => replay));
    expect(await scene.ask({ attempt: "a2" })).toMatchObject({ kind: "pending" });
    expect(await scene.ask()).toMatchObject({ kind: "pending" });
    // Another request waits by now; the retry still gets what its first try got.
    expect(await scene.ask({ attempt: "a1", at: start + replayWindowMs - 1 })).toEqual(replay);
    expect(await scene.ask({ attempt: "a1", at: start + replayWindowMs })).toMatchObject({
      kind: "pending",
    });
  });

  it("by one of two tries of the same caller", async () => {
    const scene = await newScene();
    await scene.approved();
    const answers = await Promise.all(times(40, (index) => scene.ask({ attempt: `a${index % 2}` })));
    const spent = answers.filter((answer) => answer.kind === "spent");
    expect(spent.filter(({ replay }) => !replay)).toHaveLength(1);
    expect(spent).toHaveLength(20);
  });
});

describe("what was approved is what runs", () => {
  it("gives 50 concurrent requests for one intent the same approval", async () => {
    const scene = await newScene();
    const answers = await Promise.all(times(50, () => scene.ask()));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ kind: "pending", expiresAt: start + day });
  });

  it("shows and spends nothing for an intent that differs in one byte", async () => {
    const scene = await newScene();
    const intent = scene.intentOf({ arguments: { path: "/tmp/a" } });
    const approvalId = await scene.approved({ intent });
    const others = [
      scene.intentOf({ arguments: { path: "/tmp/b" } }),
      scene.intentOf({ arguments: { path: "/tmp/a " } }),
      scene.intentOf({ arguments: { path: "/tmp/a" }, amount: 0 }),
      scene.intentOf({ arguments: { path: "/tmp/a" }, cwd: "/" }),
      scene.intentOf(),
    ];
    const answers = await Promise.all(others.map((other) => scene.ask({ intent: other })));
    expect(kinds(answers)).toEqual({ pending: others.length });
    const named = answers.map((answer) => (answer.kind === "pending" ? answer.approvalId : ""));
    expect(new Set([...named, approvalId]).size).toBe(others.length + 1);
    expect(await scene.ask({ intent })).toMatchObject({ kind: "spent", approvalId });
  });

  it("keeps a hostile intent and comment byte for byte", async () => {
    const scene = await newScene();
    const nasty = "\u0000\u202e<b>\u200d='\"\\\r\n=1+1 \u001b[31m 🏴‍☠️ %00 ${x} '; DROP TABLE approvals; --";
    const intent = scene.intentOf({
      action: nasty,
      command: nasty,
      arguments: { [nasty]: [nasty, 1e21, 0.1, null, { constructor: 1, "": "" }], b: 1, a: 2 },
    });
    const approvalId = await scene.opened({ intent });
    await scene.review(approvalId, { verdict: "deny", comment: nasty });
    await evictDurableObject(scene.stub());
    expect(await scene.ask({ intent })).toEqual({ kind: "denied", approvalId, comment: nasty });
    const read = await scene.gate().read({ approvalId, now: start });
    expect(JSON.stringify(read?.intent)).toBe(JSON.stringify(intent));
    await scene.drained();
    const [copy] = await scene.copies();
    expect(copy?.comment).toBe(nasty);
    expect(JSON.stringify(copy?.intent)).toBe(JSON.stringify(intent));
  });

  it("refuses to act for another account, agent or permission, and remembers that over a restart", async () => {
    const scene = await newScene();
    const other = await newScene();
    const foreign = { permissionId: other.permissionId, intent: other.intentOf() };
    await expect(scene.ask(foreign)).rejects.toThrow("another permission");
    await scene.opened();
    await evictDurableObject(scene.stub());
    await expect(scene.ask(foreign)).rejects.toThrow("another permission");
    await expect(scene.ask({ agentId: other.agentId })).rejects.toThrow("another permission");
    await expect(scene.ask({ accountId: other.accountId })).rejects.toThrow("another permission");
    await expect(scene.ask({ intent: other.intentOf() })).rejects.toThrow("another gate");
    // What was refused taught the gate nothing.
    await expect(scene.ask({ accountId: other.accountId, epoch: 9 })).rejects.toThrow("another permission");
    expect(await scene.ask()).toMatchObject({ kind: "pending" });
  });

  it("has names that no two pairs share and no other text fits into", () => {
    expect(gateName("agent_a", "perm_b")).toBe("agent_a:perm_b");
    expect(() => gateName("agent_a:perm_b", "perm_c")).toThrow("agent_");
    expect(() => gateName("agent_a", "perm_b:x")).toThrow("perm_");
    expect(() => gateOf(env.GATE, "agent_", "perm_b")).toThrow("agent_");
  });

  it("does nothing at a time or in an epoch that is none", async () => {
    const scene = await newScene();
    await scene.approved();
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(scene.ask({ at })).rejects.toThrow("now must be a time");
    }
    await expect(scene.ask({ epoch: Number.NaN })).rejects.toThrow("epoch");
    expect(await scene.ask()).toMatchObject({ kind: "spent" });
  });
});
