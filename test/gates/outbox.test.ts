import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { grantMs } from "../../src/contract/approval.ts";
import { newId } from "../../src/crypto/ids.ts";
import { retryDelay } from "../../src/gates/gate-drain.ts";
import {
  appUrl,
  day,
  hour,
  newScene,
  refuseCopies,
  ring,
  type Scene,
  start,
  times,
  watchQueue,
} from "./scene.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const rfc3339 = (ms: number) => new Date(ms).toISOString();

const alarm = (scene: Scene) => scene.inGate((_, { storage }) => storage.getAlarm());

describe("events", () => {
  it("tell of every step, in order, with the data of the contract", async () => {
    const queue = watchQueue();
    const scene = await newScene();
    const intent = scene.intentOf({ amount: 742 });
    const requestId = newId("request");
    const approvalId = await scene.opened({ intent, requestId });
    await scene.review(approvalId, { at: start + 1, comment: "go" });
    await scene.ask({ intent, at: start + 2 });
    await scene.drained();
    const base = {
      approvalId,
      requestId,
      agentId: scene.agentId,
      permissionId: scene.permissionId,
      action: "deploy_production",
      vendor: "vercel.com",
      amount: 742,
      risk: "medium",
      dashboardUrl: `${appUrl}/dashboard/approvals?approvalId=${approvalId}`,
      expiresAt: rfc3339(start + day),
    };
    const decided = {
      ...base,
      grantExpiresAt: rfc3339(start + 1 + grantMs),
      decidedBy: scene.owner,
      comment: "go",
    };
    const eventId = expect.stringMatching(/^evt_.{21}$/) as string;
    const event = { eventId, accountId: scene.accountId };
    const events = queue.eventsOf(scene);
    expect(events).toEqual([
      {
        ...event,
        type: "approval.requested",
        createdAt: rfc3339(start),
        data: { ...base, status: "pending" },
      },
      {
        ...event,
        type: "approval.approved",
        createdAt: rfc3339(start + 1),
        data: { ...decided, status: "approved" },
      },
      {
        ...event,
        type: "approval.used",
        createdAt: rfc3339(start + 2),
        data: { ...decided, status: "used" },
      },
    ]);
    expect(new Set(events.map((one) => one.eventId)).size).toBe(3);
  });

  it("tell of denials and expiries, and leave out what there is not", async () => {
    const queue = watchQueue();
    const scene = await newScene();
    const intent = scene.intentOf({ resource: undefined });
    const denied = await scene.opened({ intent });
    await scene.review(denied, { verdict: "deny" });
    const late = await scene.opened();
    await scene.gate().read({ approvalId: late, now: start + day });
    await scene.drained();
    const [, second, , fourth] = queue.eventsOf(scene);
    expect(second).toMatchObject({ type: "approval.denied", data: { decidedBy: scene.owner } });
    for (const key of ["vendor", "amount", "comment", "grantExpiresAt"]) {
      expect(second?.data).not.toHaveProperty(key);
    }
    expect(fourth).toMatchObject({
      type: "approval.expired",
      data: { approvalId: late, status: "expired" },
    });
  });

  it("do not tell of a void, but D1 hears of it", async () => {
    const queue = watchQueue();
    const scene = await newScene();
    await scene.approved();
    await scene.gate().end({ permissionEnded: true, epoch: 0, now: start });
    await scene.drained();
    expect(queue.eventsOf(scene).map(({ type }) => type)).toEqual([
      "approval.requested",
      "approval.approved",
    ]);
    expect(await scene.copies()).toMatchObject([{ status: "void", version: 3 }]);
  });

  it("are sent once each when 50 changes come at once", async () => {
    const queue = watchQueue();
    const scene = await newScene();
    await Promise.all(times(50, (index) => scene.ask({ intent: scene.intentOf({ amount: index }) })));
    await scene.drained();
    const ids = queue.eventsOf(scene).map(({ eventId }) => eventId);
    expect(ids).toHaveLength(50);
    expect(new Set(ids).size).toBe(50);
    expect(queue.spy.mock.calls.length).toBeLessThan(50);
  });

  it("fit into what a queue takes at once", async () => {
    const queue = watchQueue();
    queue.spy.mockRejectedValueOnce(new Error("full"));
    const scene = await newScene();
    const resource = "\u0001".repeat(1024);
    const action = "\u0002".repeat(256);
    await Promise.all(
      times(90, (index) => scene.ask({ intent: scene.intentOf({ amount: index, resource, action }) })),
    );
    await ring(scene, Date.now());
    await scene.drained();
    expect(new Set(queue.eventsOf(scene).map(({ eventId }) => eventId)).size).toBe(90);
    for (const [messages] of queue.spy.mock.calls) {
      const batch = [...messages];
      expect(batch.length).toBeLessThanOrEqual(100);
      expect(JSON.stringify(batch).length).toBeLessThan(250_000);
    }
  });
});

describe("a bad day", () => {
  it("of D1 keeps nobody from asking and deciding, and loses and repeats nothing", async () => {
    const queue = watchQueue();
    const scene = await newScene();
    const recover = await refuseCopies();
    try {
      await scene.approved();
      expect(await scene.ask()).toMatchObject({ kind: "spent" });
      await evictDurableObject(scene.stub());
      expect(await scene.copies()).toEqual([]);
      // What nobody can find in a list is not announced.
      expect(queue.eventsOf(scene)).toEqual([]);
      expect((await scene.outbox()).events).toHaveLength(3);
    } finally {
      await recover();
    }
    const { events } = await scene.outbox();
    await evictDurableObject(scene.stub());
    expect(await runDurableObjectAlarm(scene.stub())).toBe(true);
    await scene.drained();
    expect(await scene.copies()).toMatchObject([{ status: "used", version: 3 }]);
    expect(queue.eventsOf(scene)).toEqual(events);
  });

  it("that an earlier life left untold is told to D1 before the request is given to whoever asks again", async () => {
    const scene = await newScene();
    const recover = await refuseCopies();
    let approvalId;
    try {
      approvalId = await scene.opened();
      await evictDurableObject(scene.stub());
    } finally {
      await recover();
    }
    expect(await scene.ask({ at: start + 1 })).toMatchObject({ kind: "pending", approvalId });
    expect(await scene.copies()).toMatchObject([{ status: "pending" }]);
  });

  it("on which the object is killed after each step repeats nothing that cannot be recognised", async () => {
    const queue = watchQueue();
    const scene = await newScene();
    const kill = () => scene.inGate((_, state) => state.abort("killed")).catch(() => undefined);
    const approvalId = await scene.opened();
    await kill();
    await scene.review(approvalId);
    await kill();
    expect(await scene.ask({ attempt: "a1" })).toMatchObject({ kind: "spent", replay: false });
    await kill();
    expect(await scene.ask({ attempt: "a1" })).toMatchObject({ kind: "spent", replay: true });
    expect(await runDurableObjectAlarm(scene.stub())).toBe(true);
    await scene.drained();
    const events = new Map(queue.eventsOf(scene).map(({ eventId, type }) => [eventId, type]));
    expect([...events.values()]).toEqual(["approval.requested", "approval.approved", "approval.used"]);
    expect(await scene.copies()).toMatchObject([{ status: "used", version: 3 }]);
  });

  it("of the queue leaves D1 up to date, and the same events come later", async () => {
    const queue = watchQueue();
    queue.spy.mockRejectedValue(new Error("no queue"));
    const scene = await newScene();
    const approvalId = await scene.opened();
    expect(await scene.copies()).toMatchObject([{ id: approvalId, status: "pending" }]);
    const { events, copies } = await scene.outbox();
    expect(copies).toBe(0);
    expect(events).toMatchObject([{ type: "approval.requested" }]);
    queue.spy.mockReset();
    await evictDurableObject(scene.stub());
    await runDurableObjectAlarm(scene.stub());
    await scene.drained();
    expect(queue.eventsOf(scene)).toEqual(events);
  });

  it("on which the queue's answer is lost sends the same event again, under the same id", async () => {
    const queue = watchQueue();
    const send = env.EVENTS.sendBatch.bind(env.EVENTS);
    queue.spy.mockImplementationOnce(async (messages) => {
      await send(messages);
      throw new Error("the answer was lost");
    });
    const scene = await newScene();
    await scene.opened();
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(scene.stub());
      await scene.drained();
    });
    const ids = queue.eventsOf(scene).map(({ eventId }) => eventId);
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(1);
  });

  it("on which the queue hangs lets the answer go after a second", async () => {
    const queue = watchQueue();
    queue.spy.mockImplementationOnce(() => new Promise(() => {}));
    const scene = await newScene();
    const began = Date.now();
    await scene.opened();
    expect(Date.now() - began).toBeGreaterThanOrEqual(990);
    expect(Date.now() - began).toBeLessThan(2500);
  });

  it("on which the queue never answers is given up after a while, and tried again", async () => {
    const queue = watchQueue();
    queue.spy.mockImplementationOnce(() => new Promise(() => {}));
    const setTimer = globalThis.setTimeout;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms: number) =>
      setTimer(work, ms === 30_000 ? 100 : ms)) as typeof setTimeout);
    const scene = await newScene();
    await scene.opened();
    await vi.waitFor(async () =>
      expect(await scene.inGate((_, { storage }) => storage.kv.get("failures"))).toBe(1),
    );
    await runDurableObjectAlarm(scene.stub());
    await scene.drained();
    const ids = queue.eventsOf(scene).map(({ eventId }) => eventId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it("is waited out with growing patience, over restarts", async () => {
    const scene = await newScene();
    const recover = await refuseCopies();
    try {
      await scene.opened();
      const waits: number[] = [];
      for (let round = 0; round < 4; round += 1) {
        await evictDurableObject(scene.stub());
        const before = Date.now();
        expect(await runDurableObjectAlarm(scene.stub())).toBe(true);
        waits.push(((await alarm(scene)) ?? 0) - before);
      }
      for (const [round, wait] of waits.entries()) {
        expect(wait).toBeGreaterThanOrEqual(retryDelay(round + 2));
        expect(wait).toBeLessThan(retryDelay(round + 2) + 4000);
      }
    } finally {
      await recover();
    }
    expect(retryDelay(0)).toBe(5000);
    expect(retryDelay(1000)).toBe(300_000);
    await runDurableObjectAlarm(scene.stub());
    await scene.drained();
    await scene.opened({ intent: scene.intentOf({ amount: 1 }) });
    await scene.inGate((_, { storage }) => expect(storage.kv.get("failures")).toBeUndefined());
  });
});

describe("the object", () => {
  it("sets an alarm only when none is set that is early enough", async () => {
    const scene = await newScene();
    const set = await scene.inGate((_, { storage }) =>
      vi.spyOn(Object.getPrototypeOf(storage) as DurableObjectStorage, "setAlarm"),
    );
    await scene.opened();
    expect(set).toHaveBeenCalledTimes(1);
    await Promise.all(times(20, (index) => scene.ask({ intent: scene.intentOf({ amount: index }) })));
    await scene.drained();
    expect(set).toHaveBeenCalledTimes(1);
    await ring(scene, Date.now());
    expect(set).toHaveBeenCalledTimes(2);
    expect(await alarm(scene)).toBe(start + day);
  });

  it("comes to rest when the account is gone", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    await env.DB.prepare("DELETE FROM accounts WHERE id = ?").bind(scene.accountId).run();
    await scene.review(approvalId, { verdict: "deny" });
    await scene.drained();
    await ring(scene, start + hour);
    expect(await alarm(scene)).toBeNull();
    expect(await scene.copies()).toEqual([]);
  });

  it("lets go of what is over, in D1 and of no more use, and of nothing else", async () => {
    const scene = await newScene();
    await scene.approved();
    await scene.ask();
    const denied = await scene.opened();
    await scene.review(denied, { verdict: "deny" });
    const waiting = await scene.opened({ intent: scene.intentOf({ amount: 1 }), pendingExpiryMs: 30 * day });
    await scene.drained();
    const kept = () =>
      scene.inGate((_, { storage }) =>
        storage.sql
          .exec<{ id: string }>("SELECT id FROM approvals ORDER BY seq")
          .toArray()
          .map(({ id }) => id),
      );
    await ring(scene, start + hour - 1);
    expect(await kept()).toHaveLength(3);
    await scene.opened({ intent: scene.intentOf({ amount: 2 }), at: start, pendingExpiryMs: hour });
    await scene.drained();
    await ring(scene, start + hour);
    expect(await kept()).toHaveLength(3);
    expect(await scene.ask({ at: start + 7 * day - 1, denialMemoryMs: 7 * day })).toMatchObject({
      kind: "denied",
    });
    await scene.drained();
    await ring(scene, start + 10 * day);
    expect(await kept()).toEqual([waiting]);
  });

  it("keeps what D1 has not taken, however old", async () => {
    const scene = await newScene();
    const recover = await refuseCopies();
    try {
      const approvalId = await scene.opened();
      await ring(scene, start + 20 * day);
      expect(await scene.status(approvalId)).toBe("expired");
      await ring(scene, start + 40 * day);
    } finally {
      await recover();
    }
    await ring(scene, start + 40 * day);
    expect(await scene.copies()).toMatchObject([{ status: "expired" }]);
  });
});
