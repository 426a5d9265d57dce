import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Approval } from "../../src/contract/approval.ts";
import type { AgentId, PermissionId } from "../../src/contract/ids.ts";
import type { LogItem, LogPage } from "../../src/contract/log.ts";
import type { DecisionPacket, Explanation } from "../../src/contract/verify.ts";
import { gateName } from "../../src/gates/gate-name.ts";
import worker from "../../src/worker.ts";
import { newAgent, type TestAgent } from "./agent-scene.ts";
import { json, newMember, newOwner, outcome, send, site, type Someone } from "./people-scene.ts";

const minute = 60_000;
const production = {
  action: "deploy_production",
  resource: "vercel.com",
  requiresApproval: true,
} as const;
const toVercel = { body: { vendor: "vercel.com" } };

let owner: Someone;
beforeAll(async () => {
  owner = await newOwner();
});
afterEach(() => {
  vi.useRealTimers();
});

// Ahead of the real clock, so that no alarm rings by itself in the middle of a test.
function fixClock(): number {
  const now = Date.now() + 24 * 60 * minute;
  vi.setSystemTime(now);
  return now;
}

async function held(): Promise<{ agent: TestAgent; approvalId: string }> {
  const agent = await newAgent(owner);
  await agent.permit(production);
  return { agent, approvalId: await agent.hold("deploy_production", toVercel) };
}

async function recorded(agent: TestAgent): Promise<LogItem[]> {
  return json(agent.call("GET", `/api/logs/${agent.agentId}`));
}

describe("the walkthrough", () => {
  test("an agent is held, a person approves, the retry is allowed once, and all of it is on record", async () => {
    const agent = await newAgent(owner);
    await agent.permit({
      action: "deploy",
      resource: "vercel.com",
      allowedActions: ["deploy to staging", "create preview deployment"],
      blockedActions: ["deploy to production", "promote to production"],
    });
    await agent.permit({
      ...production,
      allowedActions: ["promote staging to production"],
      blockedActions: ["rollback without approval", "delete production deployment"],
    });

    expect(await agent.verify("deploy", toVercel)).toMatchObject({ allowed: true });
    expect(await agent.verify("deploy to production", toVercel)).toMatchObject({
      allowed: false,
      reasonCode: "action_blocked",
    });

    const first = await agent.ask("deploy_production", toVercel);
    const text = await first.text();
    const packet = JSON.parse(text) as Extract<DecisionPacket, { approvalRequired: true }>;
    expect(Object.keys(packet)).toEqual([
      "requestId",
      "allowed",
      "approvalRequired",
      "approvalId",
      "reason",
      "risk",
      "reasonCode",
      "permissionId",
      "approvalUrl",
      "expiresAt",
      "nextAction",
    ]);
    expect(packet).toMatchObject({
      allowed: false,
      approvalRequired: true,
      reason: "Permission requires approval before execution.",
      risk: "medium",
      approvalUrl: expect.stringContaining(`/dashboard/approvals?approvalId=${packet.approvalId}`),
    });

    const { approvals } = await json<{ approvals: Approval[] }>(
      send("GET", `/api/dashboard/approvals?agentId=${agent.agentId}`, { cookie: owner.cookie }),
    );
    expect(approvals).toMatchObject([
      {
        approvalId: packet.approvalId,
        agentName: "Deployer",
        action: "deploy_production",
        vendor: "vercel.com",
        requestId: packet.requestId,
        decidedByName: null,
      },
    ]);

    expect(await json(agent.decide(packet.approvalId, "approve"))).toEqual({
      approved: true,
      grantExpiresAt: expect.any(String),
    });
    const retry = await agent.verify("deploy_production", toVercel);
    expect(retry).toMatchObject({
      allowed: true,
      approvalRequired: false,
      reason: "Action allowed by approved permission grant.",
      risk: "low",
    });
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({
      allowed: false,
      approvalRequired: true,
    });

    const log = await recorded(agent);
    expect(log.map(({ decision }) => decision)).toEqual([
      "approval_required",
      "allowed",
      "approval_required",
      "denied",
      "allowed",
    ]);
    expect(log.map(({ requestId }) => requestId)).toContain(retry.requestId);
    const page = await json<LogPage>(
      send("GET", `/api/dashboard/logs?decision=approval_required&agentId=${agent.agentId}`, {
        cookie: owner.cookie,
      }),
    );
    expect(page.summary).toEqual({ total: 2, allowed: 0, denied: 0, approvalRequired: 2 });
    const ledger = await json<{ ok: boolean; entries: number }>(
      send("GET", `/api/dashboard/agents/${agent.agentId}/ledger/verify`, { cookie: owner.cookie }),
    );
    expect(ledger).toMatchObject({ ok: true, entries: 5 });
  });
});

describe("a grant is spent once", () => {
  test("of 100 verifies at once exactly one is allowed", async () => {
    const { agent, approvalId } = await held();
    await json(agent.decide(approvalId, "approve"));
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => agent.verify("deploy_production", toVercel)),
    );
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(1);
    const pending = new Set(answers.flatMap((each) => (each.approvalRequired ? [each.approvalId] : [])));
    expect(pending.size).toBe(1);
    const log = await json<LogPage>(agent.call("GET", `/api/logs/${agent.agentId}?limit=500`));
    expect(log.summary).toMatchObject({ total: 101, allowed: 1 });
  });

  test("of 100 verifies over lost answers and retries one request is allowed, however often it is repeated", async () => {
    const { agent, approvalId } = await held();
    await json(agent.decide(approvalId, "approve"));
    // Each caller sends its request three times under one key, as one does who gets no answer.
    const answers = await Promise.all(
      Array.from({ length: 34 }, async (_, caller) => {
        const asking = { ...toVercel, idempotencyKey: `caller-${caller}` };
        return Promise.all([0, 1, 2].map(() => agent.verify("deploy_production", asking)));
      }),
    );
    const winners = answers.filter((tries) => tries.some(({ allowed }) => allowed));
    expect(winners).toHaveLength(1);
    expect(new Set(winners[0]?.map(({ requestId }) => requestId)).size).toBe(1);
    expect(winners[0]?.filter((packet) => packet.allowed && packet.replayed === true)).toHaveLength(2);
  });

  test("when the ledger fails after the spend, the same key gets the grant and another does not", async () => {
    const { agent, approvalId } = await held();
    await json(agent.decide(approvalId, "approve"));
    const asking = { ...toVercel, idempotencyKey: "lost" };
    const failing = await agent.ask("deploy_production", {
      ...asking,
      bindings: { LEDGER: failingLedger("record") },
    });
    expect(failing.status).toBe(503);
    expect(await failing.json()).toMatchObject({ code: "VERIFY_FAILED_CLOSED" });

    expect(await agent.verify("deploy_production", { ...toVercel, idempotencyKey: "another" })).toMatchObject(
      { allowed: false, approvalRequired: true },
    );
    expect(await agent.verify("deploy_production", asking)).toMatchObject({ allowed: true });
    expect(await agent.verify("deploy_production", asking)).toMatchObject({ allowed: true, replayed: true });
    expect((await recorded(agent)).filter(({ replayed }) => replayed)).toHaveLength(1);
  });

  test("another argument, amount, environment or vendor is another intent", async () => {
    const agent = await newAgent(owner);
    await agent.permit({ action: "pay", requiresApproval: true });
    const body = {
      amount: 10,
      vendor: "a.example",
      arguments: { to: "alice", memo: "x" },
      metadata: { environment: "staging" },
    };
    const approvalId = await agent.hold("pay", { body });
    await json(agent.decide(approvalId, "approve"));
    const others = [
      { ...body, amount: 10.01 },
      { ...body, vendor: "b.example" },
      { ...body, arguments: { to: "mallory", memo: "x" } },
      { ...body, arguments: { to: "alice", memo: "x", extra: null } },
      { ...body, arguments: { to: "alice", memo: "x " } },
      { ...body, metadata: { environment: "production" } },
      { action: "pay", amount: 10, vendor: "a.example" },
    ];
    for (const other of others)
      expect(await agent.verify("pay", { body: other }), JSON.stringify(other)).toMatchObject({
        allowed: false,
        approvalRequired: true,
      });
    expect(
      await agent.verify("pay", { body: { ...body, arguments: { memo: "x", to: "alice" } } }),
    ).toMatchObject({ allowed: true });
  });
});

describe("time", () => {
  test("a grant ends after 30 minutes to the millisecond", async () => {
    const start = fixClock();
    const { agent, approvalId } = await held();
    await json(agent.decide(approvalId, "approve"));
    vi.setSystemTime(start + 30 * minute);
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ approvalRequired: true });
    const again = await agent.hold("deploy_production", toVercel);
    await json(agent.decide(again, "approve"));
    vi.setSystemTime(start + 60 * minute - 1);
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ allowed: true });
  });

  test("a permission that has expired is none, also where an agent or a passport says what it may do", async () => {
    const start = fixClock();
    const agent = await newAgent(owner);
    const expiresAt = new Date(start + minute).toISOString();
    await agent.permit({ action: "read", constraints: { expiresAt } });
    const { token } = await json<{ token: string }>(agent.manage("/passport"), 201);
    const listed = async () => {
      const views = [
        agent.call("GET", `/api/agents/${agent.agentId}`),
        send("GET", `/api/passport/${agent.agentId}`, { bearer: token }),
        send("GET", `/api/dashboard/agents/${agent.agentId}`, { cookie: owner.cookie }),
      ];
      const answers = await Promise.all(
        views.map((view) => json<{ permissions: { status: string }[] }>(view)),
      );
      return answers.map(({ permissions }) => permissions.map(({ status }) => status));
    };
    expect(await listed()).toEqual([["active"], [undefined], ["active"]]);
    vi.setSystemTime(start + minute);
    expect(await agent.verify("read")).toMatchObject({ reasonCode: "permission_expired" });
    // The owner goes on seeing it, and how it ended.
    expect(await listed()).toEqual([[], [], ["expired"]]);
  });

  test("a denial is remembered with its comment, and forgotten after 30 minutes", async () => {
    const start = fixClock();
    const { agent, approvalId } = await held();
    expect(await json(agent.decide(approvalId, "deny", "Not on a Friday."))).toEqual({ denied: true });
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({
      allowed: false,
      approvalRequired: false,
      reasonCode: "approval_denied",
      reason: "Approval was denied by a reviewer.",
      comment: "Not on a Friday.",
    });
    vi.setSystemTime(start + 30 * minute);
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ approvalRequired: true });
  });

  test("a waiting agent is answered within a second of the verdict", async () => {
    const { agent, approvalId } = await held();
    const waiting = agent.call("GET", `/api/approvals/${approvalId}?wait=20`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const decidedAt = performance.now();
    await json(agent.decide(approvalId, "approve"));
    expect(await json(waiting)).toMatchObject({ approvalId, status: "approved" });
    expect(performance.now() - decidedAt).toBeLessThan(1000);
  });
});

describe("a body that is long in coming", () => {
  /** Sends the head of a request, and the body when `meanwhile` is over: not before whoever answers waits for it. */
  async function sendSlowly(
    path: string,
    credential: object,
    body: unknown,
    meanwhile: () => Promise<unknown>,
  ) {
    const coming = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          await meanwhile();
          controller.enqueue(new TextEncoder().encode(JSON.stringify(body)));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const headers = { "Content-Type": "application/json", Origin: site, ...credential };
    const request = new Request(`${site}${path}`, { method: "POST", headers, body: coming });
    return worker.fetch(request, env, createExecutionContext());
  }

  test("is decided and recorded at the time when it has come", async () => {
    const start = fixClock();
    const agent = await newAgent(owner);
    const expiresAt = new Date(start + minute).toISOString();
    await agent.permit({ action: "read", constraints: { expiresAt } });
    const body = { agentId: agent.agentId, action: "read" };
    const credential = { Authorization: `Bearer ${agent.apiKey}` };
    const answer = await sendSlowly("/api/verify", credential, body, async () => {
      vi.setSystemTime(start + minute);
    });
    expect(await answer.json()).toMatchObject({ allowed: false, reasonCode: "permission_expired" });
    expect(await recorded(agent)).toMatchObject([{ createdAt: expiresAt }]);
  });

  test("says nothing for whoever has lost the right to say it meanwhile", async () => {
    const start = fixClock();
    const { agent, approvalId } = await held();
    const approver = await newMember(owner, "approver");
    const verdict = `/api/dashboard/approvals/${approvalId}/approve`;
    const credential = { Cookie: `behalfid_developer=${approver.cookie}` };
    const answer = sendSlowly(verdict, credential, {}, async () => {
      const path = `/api/dashboard/members/${approver.userId}`;
      await json(send("PATCH", path, { cookie: owner.cookie, body: { roles: ["viewer"] } }));
      vi.setSystemTime(start + minute);
    });
    expect(await outcome(answer)).toBe("403 FORBIDDEN");

    const rotate = `/api/dashboard/agents/${agent.agentId}/rotate-key`;
    const builder = await newMember(owner, "developer");
    const signedOut = { Cookie: `behalfid_developer=${builder.cookie}` };
    const late = sendSlowly(rotate, signedOut, {}, async () => {
      await json(send("POST", "/api/auth/logout", { cookie: builder.cookie }));
      vi.setSystemTime(start + 2 * minute);
    });
    expect(await outcome(late)).toBe("401 AUTH_REQUIRED");
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ approvalId });
  });
});

describe("what people end, ends", () => {
  test.each(["revoke", "replace"])("%s voids what was approved", async (verb) => {
    const agent = await newAgent(owner);
    const permissionId = await agent.permit(production);
    const approvalId = await agent.hold("deploy_production", toVercel);
    await json(agent.decide(approvalId, "approve"));
    const answer = agent.manage(
      `/permissions/${permissionId}/${verb}`,
      verb === "replace" ? { ...production, description: "Second" } : {},
    );
    await json(answer, verb === "replace" ? 201 : 200);
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ allowed: false });
    expect(await json(agent.call("GET", `/api/approvals/${approvalId}`))).toMatchObject({ status: "void" });
    expect(
      await outcome(
        agent.manage(`/permissions/${permissionId}/${verb}`, verb === "replace" ? production : {}),
      ),
    ).toBe("409 CONFLICT");
  });

  test("switching an agent off denies it at once, and voids for good what was open", async () => {
    const { agent, approvalId } = await held();
    await json(agent.decide(approvalId, "approve"));
    await json(agent.manage("/disable"));
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({
      allowed: false,
      reasonCode: "agent_disabled",
    });
    await json(agent.manage("/enable"));
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ approvalRequired: true });
    expect(await outcome(agent.decide(approvalId, "approve"))).toBe("409 APPROVAL_ALREADY_DECIDED");
  });

  test("a gate that heard nothing of the switch still honours no older grant", async () => {
    const { agent, approvalId } = await held();
    await json(agent.decide(approvalId, "approve"));
    // The change in D1 without the message to the gate: what is left of a request that was killed in between.
    await env.DB.prepare("UPDATE agents SET epoch = epoch + 1 WHERE id = ?").bind(agent.agentId).run();
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ approvalRequired: true });
  });

  test("an old key ends with the overlap that was chosen", async () => {
    const start = fixClock();
    const agent = await newAgent(owner);
    await agent.permit({ action: "read" });
    const { apiKey } = await json<{ apiKey: string }>(agent.manage("/rotate-key", { overlapSeconds: 60 }));
    expect(await agent.verify("read")).toMatchObject({ allowed: true });
    expect(await agent.verify("read", { key: apiKey })).toMatchObject({ allowed: true });
    vi.setSystemTime(start + minute);
    expect(await outcome(agent.ask("read"))).toBe("401 AGENT_API_KEY_MISMATCH");
    expect(await agent.verify("read", { key: apiKey })).toMatchObject({ allowed: true });
  });

  test("a key that was replaced makes no other, and takes nothing from the one that replaced it", async () => {
    const agent = await newAgent(owner);
    await agent.permit({ action: "read" });
    const { apiKey } = await json<{ apiKey: string }>(agent.manage("/rotate-key", { overlapSeconds: 60 }));
    const rotate = (bearer: string, body: unknown) =>
      send("POST", `/api/agents/${agent.agentId}/rotate-key`, { bearer, body });
    expect(await agent.verify("read")).toMatchObject({ allowed: true });
    for (const overlapSeconds of [0, 60])
      expect(await outcome(rotate(agent.apiKey, { overlapSeconds }))).toBe("409 CONFLICT");
    expect(await agent.verify("read", { key: apiKey })).toMatchObject({ allowed: true });
    const { agent: seen } = await json<{ agent: { keys: unknown[] } }>(
      send("GET", `/api/agents/${agent.agentId}`, { bearer: apiKey }),
    );
    expect(seen.keys).toHaveLength(2);

    await json(agent.manage("/disable"));
    expect(await outcome(rotate(apiKey, {}))).toBe("409 CONFLICT");
    await json(agent.manage("/enable"));
    const own = await json<{ apiKey: string }>(rotate(apiKey, { overlapSeconds: 0 }));
    expect(await outcome(agent.ask("read", { key: apiKey }))).toBe("401 AGENT_API_KEY_MISMATCH");
    expect(await agent.verify("read", { key: own.apiKey })).toMatchObject({ allowed: true });
  });

  test("a permission can demand another person than the one who made the agent", async () => {
    const agent = await newAgent(owner);
    const askingNobody = { ...production, requiresApproval: false, requireDifferentApprover: true };
    expect(await outcome(agent.manage("/permissions", askingNobody))).toBe("400 INVALID_REQUEST");
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ reasonCode: "no_permission" });
    await agent.permit({ ...production, requireDifferentApprover: true });
    const approvalId = await agent.hold("deploy_production", toVercel);
    expect(await outcome(agent.decide(approvalId, "approve"))).toBe("403 DIFFERENT_APPROVER_REQUIRED");
    const other = await newMember(owner, "approver");
    const theirs = `/api/dashboard/approvals/${approvalId}`;
    await json(send("POST", `${theirs}/approve`, { cookie: other.cookie, body: { comment: " " } }));
    // Who gave no name, and what says nothing, is nothing on the wire either.
    expect(await json(send("GET", theirs, { cookie: other.cookie }))).toMatchObject({
      approval: { decidedBy: other.userId, decidedByName: null, comment: null },
    });
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ allowed: true });
  });
});

describe("a verdict on what its gate has let go of", () => {
  test("is answered with how it ended", async () => {
    const agent = await newAgent(owner);
    const permissionId = await agent.permit(production);
    const hold = (amount: number) => agent.hold("deploy_production", { body: { ...toVercel.body, amount } });
    const [denied, used, lost] = [await hold(1), await hold(2), await hold(3)];
    await json(agent.decide(denied, "deny"));
    await json(agent.decide(used, "approve"));
    await agent.verify("deploy_production", { body: { ...toVercel.body, amount: 2 } });
    const shown = async (id: string) =>
      (
        await json<{ approval: Approval }>(
          send("GET", `/api/dashboard/approvals/${id}`, { cookie: owner.cookie }),
        )
      ).approval.status;
    await vi.waitFor(async () => expect(await shown(used)).toBe("used"), { timeout: 15_000 });
    const gate = env.GATE.getByName(gateName(agent.agentId as AgentId, permissionId as PermissionId));
    await runInDurableObject(gate, (_, { storage }) => {
      storage.sql.exec("DELETE FROM approvals");
    });
    for (const [id, detail] of [
      [denied, "This approval is already decided: it was denied."],
      [used, "This approval is already decided: it was approved and used."],
      [lost, "This approval is void: its permission has ended or its agent was disabled."],
    ] as const)
      for (const verdict of ["approve", "deny"] as const)
        expect(await json(agent.decide(id, verdict), 409)).toMatchObject({
          code: "APPROVAL_ALREADY_DECIDED",
          detail,
        });
  });
});

describe("the logs of one agent", () => {
  test("hold nothing of another, and are empty where another is asked for", async () => {
    const [agent, other] = [await newAgent(owner), await newAgent(owner)];
    await Promise.all([agent.verify("read"), other.verify("read")]);
    const page = (query: string) => agent.call("GET", `/api/logs/${agent.agentId}?${query}`);
    expect((await json<LogPage>(page(`agentId=${agent.agentId}`))).logs).toMatchObject([
      { agentId: agent.agentId },
    ]);
    expect(await json(page(`agentId=${other.agentId}&limit=7`))).toEqual({
      logs: [],
      summary: { total: 0, allowed: 0, denied: 0, approvalRequired: 0 },
      pagination: { limit: 7, page: 1, nextCursor: null, hasMore: false },
    });
    expect(await outcome(page("agentId=nobody"))).toBe("400 INVALID_REQUEST");
  });
});

describe("a passport", () => {
  test("previews the body of a verify, and of its own agent's only", async () => {
    const agent = await newAgent(owner);
    await agent.permit({ action: "read" });
    const { token } = await json<{ token: string }>(agent.manage("/passport"), 201);
    const preview = (agentId: string) =>
      send("POST", `/api/passport/${agent.agentId}`, { bearer: token, body: { agentId, action: "read" } });
    expect(await json(preview(agent.agentId))).toMatchObject({ decision: { outcome: "allow" } });
    const { agentId } = await newAgent(owner);
    expect(await json(preview(agentId), 400)).toMatchObject({
      errors: [{ field: "agentId", rule: "must be the agent of the passport, or be left out" }],
    });
  });
});

describe("a retry with the same key", () => {
  test("is answered with the same packet, and is on record", async () => {
    const agent = await newAgent(owner);
    await agent.permit({ action: "read" });
    const first = await agent.verify("read", { idempotencyKey: "k" });
    expect(await agent.verify("read", { idempotencyKey: "k" })).toEqual({ ...first, replayed: true });
    expect((await recorded(agent)).map(({ replayed }) => replayed)).toEqual([true, false]);
  });

  test("is a conflict with another body, and changes nothing", async () => {
    const agent = await newAgent(owner);
    await agent.permit({ action: "read" });
    await agent.permit(production);
    await agent.verify("read", { idempotencyKey: "k" });
    expect(await outcome(agent.ask("read", { idempotencyKey: "k", body: { amount: 1 } }))).toBe(
      "409 IDEMPOTENCY_CONFLICT",
    );
    expect(await outcome(agent.ask("deploy_production", { idempotencyKey: "k", ...toVercel }))).toBe(
      "409 IDEMPOTENCY_CONFLICT",
    );
    expect(await recorded(agent)).toHaveLength(1);
    const { approvals } = await json<{ approvals: Approval[] }>(
      send("GET", `/api/dashboard/approvals?agentId=${agent.agentId}`, { cookie: owner.cookie }),
    );
    expect(approvals).toEqual([]);
  });

  test("is a conflict with another body at the same time too, and opens nothing for it", async () => {
    const agent = await newAgent(owner);
    await agent.permit({ ...production, resource: undefined });
    const bodies = Array.from({ length: 10 }, (_, amount) => ({ amount }));
    const answers = await Promise.all(
      bodies.map((body) => outcome(agent.ask("deploy_production", { idempotencyKey: "k", body }))),
    );
    expect(answers.filter((answer) => answer === "200")).toHaveLength(1);
    expect(answers.filter((answer) => answer === "409 IDEMPOTENCY_CONFLICT")).toHaveLength(9);
    const { approvals } = await json<{ approvals: Approval[] }>(
      send("GET", `/api/dashboard/approvals?agentId=${agent.agentId}`, { cookie: owner.cookie }),
    );
    expect(approvals).toHaveLength(1);
  });

  test("is a conflict after two minutes", async () => {
    const start = fixClock();
    const agent = await newAgent(owner);
    await agent.permit({ action: "read" });
    await agent.verify("read", { idempotencyKey: "k" });
    vi.setSystemTime(start + 2 * minute - 1);
    expect(await agent.verify("read", { idempotencyKey: "k" })).toMatchObject({ replayed: true });
    vi.setSystemTime(start + 2 * minute);
    expect(await outcome(agent.ask("read", { idempotencyKey: "k" }))).toBe("409 IDEMPOTENCY_CONFLICT");
  });

  test("is refused when the facts no longer allow it", async () => {
    const agent = await newAgent(owner);
    const permissionId = await agent.permit({ action: "read" });
    expect(await agent.verify("read", { idempotencyKey: "k" })).toMatchObject({ allowed: true });
    await json(agent.manage(`/permissions/${permissionId}/revoke`));
    expect(await agent.verify("read", { idempotencyKey: "k" })).toMatchObject({
      allowed: false,
      reasonCode: "permission_revoked",
    });
  });
});

describe("a retry of what waits for a person", () => {
  const asking = { ...toVercel, idempotencyKey: "k" };

  test("names the same approval for as long as it can be given", async () => {
    const { agent, approvalId } = await held();
    const first = await agent.verify("deploy_production", asking);
    expect(first).toMatchObject({ approvalId });
    expect(await agent.verify("deploy_production", asking)).toEqual({ ...first, replayed: true });
  });

  const ends: [string, (agent: TestAgent, permissionId: string) => Promise<Response>, string][] = [
    ["revoked", (agent, id) => agent.manage(`/permissions/${id}/revoke`), "permission_revoked"],
    [
      "replaced",
      (agent, id) => agent.manage(`/permissions/${id}/replace`, { action: "deploy_production" }),
      "allowed",
    ],
    ["switched off", (agent) => agent.manage("/disable"), "agent_disabled"],
  ];
  test.each(ends)("is decided afresh once it is %s", async (_, end, reasonCode) => {
    const agent = await newAgent(owner);
    const permissionId = await agent.permit(production);
    const first = await agent.verify("deploy_production", asking);
    expect(first).toMatchObject({ approvalRequired: true });
    expect((await end(agent, permissionId)).ok).toBe(true);
    const retry = await agent.verify("deploy_production", asking);
    expect(retry).toMatchObject({ approvalRequired: false, reasonCode });
    expect(retry).not.toHaveProperty("replayed");
  });

  test("waits for a new approval when the agent was switched off and on again", async () => {
    const { agent, approvalId } = await held();
    expect(await agent.verify("deploy_production", asking)).toMatchObject({ approvalId });
    await json(agent.manage("/disable"));
    await json(agent.manage("/enable"));
    const retry = await agent.verify("deploy_production", asking);
    expect(retry).toMatchObject({ approvalRequired: true });
    expect(retry).not.toMatchObject({ approvalId });
    expect(await agent.verify("deploy_production", asking)).toEqual({ ...retry, replayed: true });
  });
});

describe("whatever fails, nothing is allowed", () => {
  const faults: [string, () => Partial<Env>][] = [
    ["D1 refuses", () => ({ DB: failing("D1 is overloaded") })],
    ["D1 is not bound", () => ({ DB: undefined })],
    ["the gate refuses", () => ({ GATE: failing("gate") })],
    ["the gate is not bound", () => ({ GATE: undefined })],
    ["the ledger refuses", () => ({ LEDGER: failing("ledger") })],
    ["the ledger refuses to record", () => ({ LEDGER: failingLedger("record") })],
    ["the ledger refuses to recall", () => ({ LEDGER: failingLedger("recall") })],
    ["the ledger is not bound", () => ({ LEDGER: undefined })],
  ];

  test.each(faults)("when %s", async (_name, bindings) => {
    const { agent, approvalId } = await held();
    await json(agent.decide(approvalId, "approve"));
    const answer = await agent.ask("deploy_production", {
      ...toVercel,
      idempotencyKey: "k",
      bindings: bindings(),
    });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("Retry-After")).not.toBeNull();
    const body = await answer.text();
    expect(JSON.parse(body)).toMatchObject({
      code: "VERIFY_FAILED_CLOSED",
      detail: "Verification failed closed.",
    });
    expect(body).not.toContain("allowed");
    expect((await recorded(agent)).filter(({ allowed }) => allowed)).toEqual([]);
  });

  test("when the agent's ledger belongs to another account", async () => {
    const agent = await newAgent(owner);
    await agent.permit({ action: "read" });
    await agent.verify("read");
    await env.DB.prepare("UPDATE agents SET account_id = ? WHERE id = ?")
      .bind((await newOwner()).accountId, agent.agentId)
      .run();
    expect(await outcome(agent.ask("read"))).toBe("503 VERIFY_FAILED_CLOSED");
  });

  test("when a stored permission is not one", async () => {
    const agent = await newAgent(owner);
    const permissionId = await agent.permit({ action: "read" });
    await env.DB.prepare(
      `UPDATE permissions SET spec = '{"action":"read","constraints":{"maxAmont":1}}' WHERE id = ?`,
    )
      .bind(permissionId)
      .run();
    expect(await outcome(agent.ask("read"))).toBe("503 VERIFY_FAILED_CLOSED");
  });
});

describe("explain", () => {
  test("shows the decision and why, and leaves no trace", async () => {
    const { agent, approvalId } = await held();
    await json(agent.decide(approvalId, "approve"));
    const body = { agentId: agent.agentId, action: "deploy_production", vendor: "vercel.com" };
    const explanation = await json<Record<string, unknown>>(agent.call("POST", "/api/verify/explain", body));
    expect(explanation).toMatchObject({
      decision: { outcome: "ask", reasonCode: "requires_approval" },
      trace: [{ matched: true }],
    });
    expect(explanation).not.toHaveProperty("allowed");
    expect(await recorded(agent)).toHaveLength(1);
    expect(await agent.verify("deploy_production", toVercel)).toMatchObject({ allowed: true });
  });

  test("names every candidate, whatever became of it, in the passport's preview too", async () => {
    const agent = await newAgent(owner);
    const ids: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const permissionId = await agent.permit({ action: "other", allowedActions: ["read"] });
      await json(agent.manage(`/permissions/${permissionId}/revoke`));
      ids.push(permissionId);
    }
    ids.push(await agent.permit({ action: "read" }), await agent.permit({ action: "read", resource: "a" }));
    const { token } = await json<{ token: string }>(agent.manage("/passport"), 201);
    for (const answer of [
      agent.call("POST", "/api/verify/explain", { agentId: agent.agentId, action: "read" }),
      send("POST", `/api/passport/${agent.agentId}`, { bearer: token, body: { action: "read" } }),
      agent.manage("/explain", { request: { action: "read" } }),
    ]) {
      const { decision, trace } = await json<Explanation>(answer);
      expect(decision).toMatchObject({ outcome: "allow", permissionId: ids[3] });
      expect(trace.map(({ permissionId }) => permissionId).toSorted()).toEqual(ids.toSorted());
      expect(trace.filter(({ reasonCode }) => reasonCode === "permission_revoked")).toHaveLength(3);
    }
  });

  test("fails closed when there are no facts", async () => {
    const { agent } = await held();
    const body = { agentId: agent.agentId, action: "read" };
    const sending = { bearer: agent.apiKey, origin: null, body, vars: { DB: failing("D1 is overloaded") } };
    expect(await outcome(send("POST", "/api/verify/explain", sending))).toBe("503 VERIFY_FAILED_CLOSED");
  });
});

function failing(message: string): never {
  return new Proxy(
    {},
    {
      get: () => () => {
        throw new Error(message);
      },
    },
  ) as never;
}

// Does what it is asked to and then loses the answer, which is the worse half of a failure.
function failingLedger(method: "record" | "recall"): Env["LEDGER"] {
  const lost = () => Promise.reject(new Error("the ledger did not answer"));
  return {
    getByName: (name: string) =>
      new Proxy(env.LEDGER.getByName(name), {
        get: (stub, member) => (member === method ? lost : (Reflect.get(stub, member) as unknown)),
      }),
  } as unknown as Env["LEDGER"];
}
