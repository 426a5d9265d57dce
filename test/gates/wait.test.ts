import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { ApprovalId } from "../../src/contract/ids.ts";
import { newId } from "../../src/crypto/ids.ts";
import { waitForChange } from "../../src/gates/wait.ts";
import { present } from "../support/present.ts";
import { day, newScene, type Scene, start, times } from "./scene.ts";

const sockets = (scene: Scene) => scene.inGate((_, state) => state.getWebSockets().length);

async function waiting(scene: Scene, count: number): Promise<void> {
  await expect.poll(() => sockets(scene), { timeout: 5000, interval: 10 }).toBe(count);
}

async function timed<T>(work: Promise<T>): Promise<{ value: T; ms: number }> {
  const began = Date.now();
  return { value: await work, ms: Date.now() - began };
}

const openSocket = (scene: Scene, approvalId: ApprovalId, known = "pending") =>
  scene.gate().fetch(`https://gate/wait?approvalId=${approvalId}&known=${known}&now=${start}`, {
    headers: { upgrade: "websocket" },
  });

describe("waiting for a person", () => {
  it("ends within a second of the verdict, for everyone who waits for it and nobody else", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const other = await scene.opened({ intent: scene.intentOf({ amount: 1 }) });
    const held = times(5, () => waitForChange(scene.gate(), approvalId, 20_000));
    const elsewhere = waitForChange(scene.gate(), other, 1500);
    await waiting(scene, 6);
    const review = scene.review(approvalId, { comment: "go" });
    const { value, ms } = await timed(Promise.all(held));
    expect(ms).toBeLessThan(1000);
    expect((await review).kind).toBe("approved");
    for (const approval of value) {
      expect(approval).toMatchObject({ approvalId, status: "approved", comment: "go" });
    }
    expect(await elsewhere).toMatchObject({ approvalId: other, status: "pending" });
    await waiting(scene, 0);
  });

  it("ends when the request expires or becomes void", async () => {
    const scene = await newScene();
    const late = await scene.opened();
    const ended = await scene.opened({ intent: scene.intentOf({ amount: 1 }), pendingExpiryMs: 9 * day });
    const held = [late, ended].map((id) => waitForChange(scene.gate(), id, 20_000));
    await waiting(scene, 2);
    await scene.status(late, start + day);
    await waiting(scene, 1);
    await scene.gate().end({ permissionEnded: true, epoch: 0, now: start });
    const states = await Promise.all(held);
    expect(states.map((approval) => approval?.status)).toEqual(["expired", "void"]);
  });

  it("goes on while the object sleeps, and keeps nothing running in it", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const held = waitForChange(scene.gate(), approvalId, 20_000);
    await waiting(scene, 1);
    await scene.drained();
    // Would not come back while a promise or a timer of a wait were pending in the object.
    await evictDurableObject(scene.stub());
    expect(await sockets(scene)).toBe(1);
    await scene.review(approvalId, { verdict: "deny" });
    expect((await timed(held)).ms).toBeLessThan(1000);
    expect(await held).toMatchObject({ status: "denied" });
  });

  it("goes on when the object was restarted and lost its sockets", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const held = waitForChange(scene.gate(), approvalId, 20_000);
    await waiting(scene, 1);
    await evictDurableObject(scene.stub(), { webSockets: "close" });
    await waiting(scene, 1);
    await scene.review(approvalId);
    expect(await held).toMatchObject({ status: "approved" });
  });

  it("ends at its time with the status as it is, and leaves no socket behind", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const { value, ms } = await timed(waitForChange(scene.gate(), approvalId, 300));
    expect(value).toMatchObject({ approvalId, status: "pending" });
    expect(ms).toBeGreaterThanOrEqual(290);
    expect(ms).toBeLessThan(1500);
    await waiting(scene, 0);
  });

  it("ends when the client goes away, and leaves no socket behind", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const client = new AbortController();
    const held = waitForChange(scene.gate(), approvalId, 20_000, client.signal);
    await waiting(scene, 1);
    client.abort();
    expect((await timed(held)).ms).toBeLessThan(1000);
    await waiting(scene, 0);
    const gone = await timed(waitForChange(scene.gate(), approvalId, 20_000, client.signal));
    expect(gone.ms).toBeLessThan(1000);
  });

  it("holds nothing that cannot or need not be held", async () => {
    const scene = await newScene();
    const approvalId = await scene.approved();
    const at = async (...args: [ApprovalId, "pending" | "used"]) =>
      timed(waitForChange(scene.gate(), args[0], 20_000, undefined, args[1]));
    const approved = await at(approvalId, "pending");
    expect(approved.value).toMatchObject({ status: "approved" });
    await scene.ask();
    const used = await at(approvalId, "used");
    expect(used.value).toMatchObject({ status: "used" });
    const unknown = await at(newId("approval"), "pending");
    expect(unknown.value).toBeUndefined();
    expect(Math.max(approved.ms, used.ms, unknown.ms)).toBeLessThan(1000);
    expect(await sockets(scene)).toBe(0);
  });

  it("can wait for what follows the approval", async () => {
    const scene = await newScene();
    const approvalId = await scene.approved();
    const held = waitForChange(scene.gate(), approvalId, 20_000, undefined, "approved");
    await waiting(scene, 1);
    await scene.ask();
    expect(await held).toMatchObject({ status: "used" });
  });
});

describe("the gate's sockets", () => {
  it("are bounded, and whoever finds no place still gets an answer in time", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const opened = await Promise.all(times(256, () => openSocket(scene, approvalId)));
    expect(opened.every(({ status }) => status === 101)).toBe(true);
    for (const { webSocket } of opened) webSocket?.accept();
    expect((await openSocket(scene, approvalId)).status).toBe(503);
    const { value, ms } = await timed(waitForChange(scene.gate(), approvalId, 400));
    expect(value).toMatchObject({ status: "pending" });
    expect(ms).toBeLessThan(1500);
    await scene.review(approvalId);
    await waiting(scene, 0);
  });

  it("take no orders", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const webSocket = present((await openSocket(scene, approvalId)).webSocket);
    webSocket.accept();
    const closed = new Promise<number>((resolve) => {
      webSocket.addEventListener("close", ({ code }) => resolve(code));
    });
    webSocket.send(JSON.stringify({ verdict: "approve", approvalId }));
    expect(await closed).toBe(1008);
    expect(await scene.status(approvalId)).toBe("pending");
  });

  it("decide nothing by closing slowly: the grant is spent and its answer arrives", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const slow = present((await openSocket(scene, approvalId)).webSocket);
    // Never closes its own half.
    slow.accept({ allowHalfOpen: true });
    expect((await scene.review(approvalId)).kind).toBe("approved");
    expect(await scene.ask()).toMatchObject({ kind: "spent", approvalId });
    slow.close();
  });

  it("open for nothing but a wait", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const plain = await scene.gate().fetch(`https://gate/wait?approvalId=${approvalId}`);
    expect(plain.status).toBe(400);
    expect((await openSocket(scene, approvalId, "approve")).status).toBe(400);
    expect((await openSocket(scene, newId("approval"))).status).toBe(204);
    expect(await sockets(scene)).toBe(0);
  });
});
