import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { Admission } from "../../src/api/admission.ts";
import { createApp } from "../../src/api/app.ts";
import { isolateBounds } from "../../src/api/overload.ts";
import type { DecisionPacket } from "../../src/contract/verify.ts";
import { heldEnv } from "../model/held-env.ts";
import { newAgent, type TestAgent } from "./agent-scene.ts";
import { site } from "./people-scene.ts";

const small = { ...isolateBounds, burst: 4, standing: 2, share: 0.75 };

describe("a crowd", () => {
  const fill = (admission: Admission, callers: string[], now: number) =>
    callers.map((caller) => admission.enter(caller, now));

  test("may be a burst, of which one caller has no more than their share", () => {
    const admission = new Admission(small);
    fill(admission, ["a", "a", "a"], 0);
    expect(admission.hasRoom("a", 0)).toBe(false);
    const leave = admission.enter("b", 0);
    expect(admission.hasRoom("c", 0)).toBe(false);
    leave?.(0);
    leave?.(0);
    expect(admission.hasRoom("c", 0)).toBe(true);
    fill(admission, ["c"], 0);
    expect(admission.hasRoom("d", 0)).toBe(false);
  });

  test("that stays is kept short until it has rested", () => {
    const admission = new Admission(small);
    const { patienceMs, restMs } = small;
    const [first, second] = fill(admission, ["a", "b", "c"], 0);
    expect(admission.hasRoom("d", patienceMs - 1)).toBe(true);
    expect(admission.hasRoom("d", patienceMs)).toBe(false);
    first?.(patienceMs);
    second?.(patienceMs);
    fill(admission, ["d"], patienceMs);
    expect(admission.hasRoom("e", patienceMs + restMs - 1)).toBe(false);
  });

  test("that rested may be a burst again", () => {
    const admission = new Admission(small);
    const { patienceMs, restMs } = small;
    const leaving = fill(admission, ["a", "b", "c"], 0);
    expect(admission.hasRoom("d", patienceMs)).toBe(false);
    for (const leave of leaving) leave?.(patienceMs);
    const later = patienceMs + restMs;
    fill(admission, ["a", "b", "c"], later);
    expect(admission.hasRoom("d", later)).toBe(true);
  });

  test("keeps no place for those who vanished, wherever the clock goes", () => {
    for (const later of [small.longestMs, -small.longestMs]) {
      const admission = new Admission(small);
      fill(admission, ["a", "a", "a", "b"], 0);
      expect(admission.hasRoom("a", later - Math.sign(later))).toBe(false);
      expect(admission.hasRoom("a", later)).toBe(true);
    }
  });
});

describe("a verify that is too much", () => {
  const ask = async (agent: TestAgent, path: string, bindings: Env, app: ReturnType<typeof createApp>) =>
    app.request(
      `${site}${path}`,
      {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${agent.apiKey}` },
        body: JSON.stringify({ agentId: agent.agentId, action: "read" }),
      },
      bindings,
      createExecutionContext(),
    );

  test("is refused at once, with a time to come back, and is on no record; people and waits get through", async () => {
    const agent = await newAgent();
    await agent.permit({ action: "read" });
    const app = createApp(small);
    let steps = 0;
    const held = Promise.withResolvers<void>();
    const slow = heldEnv(env, async (_name, step) => {
      steps += 1;
      await held.promise;
      return step();
    });
    const admitted = [1, 2, 3].map(() => ask(agent, "/api/verify", slow, app));
    await expect.poll(() => steps).toBe(3);

    for (const path of ["/api/verify", "/api/verify/explain"]) {
      const refused = await ask(agent, path, slow, app);
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThanOrEqual(1);
      expect(await refused.json()).toMatchObject({ code: "VERIFY_FAILED_CLOSED", status: 503 });
    }
    expect(steps).toBe(3);
    for (const path of [
      "/api/health",
      "/api/approvals/apr_AAAAAAAAAAAAAAAAAAAAA",
      "/api/dashboard/summary",
    ]) {
      const headers = { Authorization: `Bearer ${agent.apiKey}` };
      const answer = await app.request(`${site}${path}`, { headers }, env, createExecutionContext());
      expect(answer.status, path).not.toBe(503);
    }

    held.resolve();
    for (const answer of await Promise.all(admitted))
      expect(await answer.json<DecisionPacket>()).toMatchObject({ allowed: true });
    expect((await ask(agent, "/api/verify", env, app)).status).toBe(200);
    const { head } = await env.LEDGER.getByName(agent.agentId).head();
    expect(head.seq).toBe(4);
  });

  test("is not counted for a body that is still coming, nor when it was refused for what it is", async () => {
    const agent = await newAgent();
    await agent.permit({ action: "read" });
    const app = createApp(small);
    const stalled = Array.from({ length: 8 }, () => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const headers = { "Content-Type": "application/json", Authorization: `Bearer ${agent.apiKey}` };
      const request = new Request(`${site}/api/verify`, { method: "POST", headers, body: readable });
      return { writable, answer: app.fetch(request, env, createExecutionContext()) };
    });
    expect((await ask(agent, "/api/verify", env, app)).status).toBe(200);
    for (const { writable } of stalled) await writable.close();
    for (const { answer } of stalled) expect((await answer).status).toBe(400);
    expect((await ask(agent, "/api/verify", env, app)).status).toBe(200);
  });
});
