import { evictDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { grantMs } from "../../src/contract/approval.ts";
import { newId } from "../../src/crypto/ids.ts";
import { maxPending } from "../../src/gates/transition.ts";
import { day, hour, kinds, minute, newScene, ring, start, times } from "./scene.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("time", () => {
  it("ends a pending request on its millisecond, with the alarm late", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    expect(await scene.ask({ at: start + day - 1 })).toMatchObject({ approvalId });
    expect(await scene.status(approvalId, start + day - 1)).toBe("pending");
    expect(await scene.review(approvalId, { at: start + day })).toEqual({
      kind: "decided",
      status: "expired",
    });
    expect(await scene.ask({ at: start + day })).not.toMatchObject({ approvalId });
  });

  it("ends a grant on its millisecond, with the alarm late", async () => {
    const scene = await newScene();
    const approvalId = await scene.approved();
    expect(await scene.status(approvalId, start + grantMs - 1)).toBe("approved");
    expect(await scene.ask({ at: start + grantMs })).toMatchObject({ kind: "pending" });
    expect(await scene.status(approvalId, start + grantMs)).toBe("expired");
    // A clock that runs behind does not bring it back.
    expect(await scene.ask({ at: start + grantMs - 1 })).toMatchObject({ kind: "pending" });
  });

  it("spends on the last millisecond", async () => {
    const scene = await newScene();
    await scene.approved();
    expect(await scene.ask({ at: start + grantMs - 1 })).toMatchObject({ kind: "spent" });
  });

  it("ends both by alarm alone, and each alarm sets the next", async () => {
    const scene = await newScene();
    const granted = await scene.approved();
    const waiting = await scene.opened({ intent: scene.intentOf({ amount: 5 }) });
    await scene.drained();
    await ring(scene, start + grantMs);
    const states = await scene.inGate((_, { storage }) =>
      storage.sql.exec("SELECT id, status FROM approvals").toArray(),
    );
    expect(states).toEqual([
      { id: granted, status: "expired" },
      { id: waiting, status: "pending" },
    ]);
    await scene.drained();
    await ring(scene, start + grantMs + minute);
    expect(await scene.inGate((_, { storage }) => storage.getAlarm())).toBe(start + day);
    await ring(scene, start + day);
    expect(await scene.status(waiting)).toBe("expired");
  });

  it("remembers a denial with its comment, over a restart, and then forgets it", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    expect(await scene.review(approvalId, { verdict: "deny", comment: "no" })).toEqual({
      kind: "denied",
    });
    await evictDurableObject(scene.stub());
    const denied = { kind: "denied", approvalId, comment: "no" };
    expect(await scene.ask({ at: start + 30 * minute - 1 })).toEqual(denied);
    expect(await scene.ask({ at: start + hour, denialMemoryMs: 2 * hour })).toEqual(denied);
    expect(await scene.ask({ at: start + 30 * minute })).toMatchObject({ kind: "pending" });
  });

  it("lets approving and expiring race without ever doing both", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const [approve, ask] = await Promise.all([
      scene.review(approvalId, { at: start + day - 1 }),
      scene.ask({ at: start + day }),
    ]);
    // Whichever came first, the other one saw it.
    const outcome = [approve.kind, ask.kind, await scene.status(approvalId, start + day)];
    expect([
      ["approved", "spent", "used"],
      ["decided", "pending", "expired"],
    ]).toContainEqual(outcome);
  });
});

describe("people", () => {
  it("decide once: of 20 concurrent verdicts one counts", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const answers = await Promise.all(
      times(20, (index) =>
        scene.review(approvalId, {
          verdict: index % 2 === 0 ? "approve" : "deny",
          userId: newId("user"),
        }),
      ),
    );
    expect(kinds(answers)["decided"]).toBe(19);
  });

  it("are told what became of it, and that an id is not known here", async () => {
    const scene = await newScene();
    const approvalId = await scene.approved();
    expect(await scene.review(approvalId)).toEqual({ kind: "decided", status: "approved" });
    await scene.ask();
    expect(await scene.review(approvalId)).toEqual({ kind: "decided", status: "used" });
    expect(await scene.review(newId("approval"))).toEqual({ kind: "unknown" });
    const other = await newScene();
    expect(await scene.review(await other.opened())).toEqual({ kind: "unknown" });
  });

  it("cannot fill two seats where a different approver is demanded", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened({ requireDifferentApprover: true });
    expect(await scene.review(approvalId)).toEqual({ kind: "different_approver_required" });
    expect(await scene.review(approvalId, { userId: newId("user") })).toMatchObject({
      kind: "approved",
    });
  });
});

describe("an end", () => {
  it("of the permission voids what is open, for ever", async () => {
    const scene = await newScene();
    const granted = await scene.approved();
    const waiting = await scene.opened({ intent: scene.intentOf({ amount: 5 }) });
    const end = { permissionEnded: true, epoch: 0, now: start };
    expect(await scene.gate().end(end)).toEqual({ voided: 2 });
    expect(await scene.gate().end(end)).toEqual({ voided: 0 });
    await evictDurableObject(scene.stub());
    expect(await scene.status(granted)).toBe("void");
    expect(await scene.status(waiting)).toBe("void");
    expect(await scene.ask({ epoch: 7 })).toEqual({ kind: "ended", reason: "permission_revoked" });
    expect(await scene.review(waiting)).toEqual({ kind: "ended" });
  });

  it("of an epoch voids what is older, and nothing that comes after", async () => {
    const scene = await newScene();
    const granted = await scene.approved();
    expect(await scene.gate().end({ permissionEnded: false, epoch: 1, now: start })).toEqual({
      voided: 1,
    });
    expect(await scene.ask({ epoch: 0 })).toEqual({ kind: "ended", reason: "agent_disabled" });
    expect(await scene.status(granted)).toBe("void");
    const approvalId = await scene.opened({ epoch: 1 });
    await scene.review(approvalId, { epoch: 1 });
    expect(await scene.ask({ epoch: 1 })).toMatchObject({ kind: "spent", approvalId });
  });

  it("that was never told reaches the grant with the next facts", async () => {
    const scene = await newScene();
    const granted = await scene.approved();
    const waiting = await scene.opened({ intent: scene.intentOf({ amount: 5 }) });
    expect(await scene.ask({ epoch: 1 })).toMatchObject({ kind: "pending" });
    expect(await scene.status(granted)).toBe("void");
    expect(await scene.status(waiting)).toBe("void");
  });

  it("that a reviewer's request brings along voids instead of approving", async () => {
    const scene = await newScene();
    const first = await scene.opened();
    expect(await scene.review(first, { epoch: 1 })).toEqual({ kind: "ended" });
    expect(await scene.status(first)).toBe("void");
    const second = await scene.opened({ epoch: 1 });
    expect(await scene.review(second, { epoch: 1, permissionEnded: true })).toEqual({
      kind: "ended",
    });
    expect(await scene.ask({ epoch: 1 })).toMatchObject({ kind: "ended" });
  });

  it("before anybody asked is remembered too", async () => {
    const scene = await newScene();
    await scene.gate().end({ permissionEnded: true, epoch: 0, now: start });
    expect(await scene.ask()).toEqual({ kind: "ended", reason: "permission_revoked" });
    expect(await scene.copies()).toEqual([]);
  });
});

it("lets no flood of requests reach people, and lets known ones through", async () => {
  const scene = await newScene();
  const first = await scene.approved();
  const intents = times(maxPending, (index) => scene.intentOf({ amount: index }));
  expect(kinds(await Promise.all(intents.map((intent) => scene.ask({ intent }))))).toEqual({
    pending: maxPending,
  });
  const another = scene.intentOf({ amount: -1 });
  expect(await scene.ask({ intent: another })).toMatchObject({ kind: "crowded" });
  expect(await scene.ask({ intent: scene.intentOf({ amount: 7 }) })).toMatchObject({ kind: "pending" });
  expect(await scene.ask()).toEqual({ kind: "spent", approvalId: first, replay: false });
  expect(await scene.ask({ intent: another, at: start + day })).toMatchObject({ kind: "pending" });
});
