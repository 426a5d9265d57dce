import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { approvalSchema, approvalStatuses, grantMs } from "../../src/contract/approval.ts";
import type { ApprovalId } from "../../src/contract/ids.ts";
import { newId } from "../../src/crypto/ids.ts";
import {
  agentApproval,
  approvalOfAccount,
  approvalOfAgent,
  approvalsOfAccount,
  copyApprovals,
} from "../../src/db/approvals.ts";
import { database } from "../../src/db/database.ts";
import { gateOfApproval, openApprovalsToEnd } from "../../src/db/gate-news.ts";
import { agents, permissions } from "../../src/db/schema.ts";
import { endStaleGrants } from "../../src/gates/sweep.ts";
import type { ApprovalState } from "../../src/gates/transition.ts";
import { present } from "../support/present.ts";
import { addUser, day, newScene, refuseCopies, type Scene, start, times } from "./scene.ts";

const stateOf = async (scene: Scene, approvalId: ApprovalId) =>
  present(await scene.gate().read({ approvalId, now: start }));

const list = (scene: Scene, query: Partial<Parameters<typeof approvalsOfAccount>[2]> = {}) =>
  approvalsOfAccount(env.DB, scene.accountId, { status: "all", limit: 100, now: start, ...query });

async function listed(scene: Scene, query: Parameters<typeof list>[1] = {}) {
  return (await list(scene, query)).approvals.map(({ approvalId }) => approvalId);
}

const revoke = ({ permissionId }: Scene) =>
  database(env.DB).update(permissions).set({ status: "revoked" }).where(eq(permissions.id, permissionId));

const setAgent = ({ agentId }: Scene, change: Partial<typeof agents.$inferInsert>) =>
  database(env.DB).update(agents).set(change).where(eq(agents.id, agentId));

const toEnd = (scene: Scene, now = start) =>
  openApprovalsToEnd(env.DB, { agentId: scene.agentId, limit: 10, now });

describe("the list of approvals", () => {
  it("shows what was asked, who asked and who decided, as the contract says", async () => {
    const scene = await newScene();
    const intent = scene.intentOf({
      amount: 742,
      arguments: { ref: "main" },
      environment: "production",
      command: "make deploy",
      cwd: "/srv",
    });
    const requestId = newId("request");
    const approvalId = await scene.opened({ intent, requestId });
    const person = newId("user");
    await addUser(person, "Petra Person");
    await scene.review(approvalId, { userId: person, comment: "go", at: start + 1 });
    const used = newId("request");
    await scene.ask({ intent, requestId: used, at: start + 2 });
    await scene.drained();
    const { approvals, nextCursor } = await list(scene);
    expect(nextCursor).toBeNull();
    const rfc3339 = (ms: number) => new Date(ms).toISOString();
    expect(approvals).toEqual([
      {
        approvalId,
        status: "used",
        version: 3,
        agentId: scene.agentId,
        agentName: "Deployer",
        permissionId: scene.permissionId,
        requestId,
        action: "deploy_production",
        resource: "vercel.com",
        vendor: "vercel.com",
        amount: 742,
        arguments: { ref: "main" },
        environment: "production",
        branch: null,
        repository: null,
        command: "make deploy",
        filePath: null,
        cwd: "/srv",
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        risk: "medium",
        requireDifferentApprover: false,
        createdAt: rfc3339(start),
        expiresAt: rfc3339(start + day),
        decidedAt: rfc3339(start + 1),
        decidedBy: person,
        decidedByName: "Petra Person",
        comment: "go",
        grantExpiresAt: rfc3339(start + 1 + grantMs),
        usedAt: rfc3339(start + 2),
        usedByRequestId: used,
      },
    ]);
    expect(approvalSchema.parse(approvals[0])).toEqual(approvals[0]);
    expect(await approvalOfAccount(env.DB, scene.accountId, approvalId, start)).toEqual(approvals[0]);
  });

  it("has what was opened or decided by the time that the answer says so, with D1 slow", async () => {
    const spy = vi.spyOn(Object.getPrototypeOf(env.DB) as D1Database, "batch");
    const batch = env.DB.batch.bind(env.DB);
    const slowOnce = () =>
      spy.mockImplementationOnce(async (statements) => {
        await scheduler.wait(100);
        return batch(statements);
      });
    const scene = await newScene();
    slowOnce();
    const approvalId = await scene.opened();
    expect(await listed(scene, { status: "pending" })).toEqual([approvalId]);
    slowOnce();
    await scene.review(approvalId);
    expect(await listed(scene, { status: "approved" })).toEqual([approvalId]);
    expect(await listed(scene, { status: "pending" })).toEqual([]);
    spy.mockRestore();
  });

  it("sorts every approval under its one status, the late ones under expired", async () => {
    const scene = await newScene();
    const intent = (amount: number) => ({ intent: scene.intentOf({ amount }) });
    const pending = await scene.opened({ ...intent(0), at: start + 9 });
    const approved = await scene.approved({ ...intent(1), at: start + 8 });
    const denied = await scene.opened({ ...intent(2), at: start + 7 });
    await scene.review(denied, { verdict: "deny", at: start + 7 });
    const used = await scene.approved({ ...intent(3), at: start + 6 });
    await scene.ask({ ...intent(3), at: start + 6 });
    const late = await scene.opened({ ...intent(4), at: start + 5, pendingExpiryMs: 100 });
    const lateGrant = await scene.approved({ ...intent(5), at: start + 4 - grantMs + 100 });
    await scene.drained();
    // The gate itself has expired nothing yet: the copies' own times decide.
    const now = start + 105;
    const by = Object.fromEntries(
      await Promise.all(
        approvalStatuses.map(async (status) => [status, await listed(scene, { status, now })]),
      ),
    );
    expect(by).toEqual({
      pending: [pending],
      approved: [approved],
      denied: [denied],
      used: [used],
      expired: [late, lateGrant],
      void: [],
    });
    const all = await list(scene, { now });
    expect(all.approvals.map(({ approvalId, status }) => [approvalId, status])).toEqual([
      [pending, "pending"],
      [approved, "approved"],
      [denied, "denied"],
      [used, "used"],
      [late, "expired"],
      [lateGrant, "expired"],
    ]);
    await scene.status(late, now);
    await scene.drained();
    expect(await listed(scene, { status: "expired", now })).toEqual([late, lateGrant]);
    const [one] = (await list(scene, { status: "expired", now })).approvals;
    expect((await approvalOfAgent(env.DB, scene.agentId, lateGrant, now))?.status).toBe("expired");
    expect(one?.status).toBe("expired");
  });

  it("comes in pages, newest first, without gaps or repeats, also where times are equal", async () => {
    const scene = await newScene();
    await Promise.all(
      times(23, (index) =>
        scene.ask({ intent: scene.intentOf({ amount: index }), at: start + Math.floor(index / 5) }),
      ),
    );
    await scene.drained();
    for (const [status, now] of [
      ["all", start],
      ["pending", start],
      ["expired", start + 2 * day],
    ] as const) {
      const whole = await list(scene, { status, now });
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await list(scene, { status, now, limit: 4, cursor });
        expect(page.approvals.length).toBeLessThanOrEqual(4);
        seen.push(...page.approvals.map(({ approvalId }) => approvalId));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toHaveLength(23);
      expect(seen).toEqual(whole.approvals.map(({ approvalId }) => approvalId));
      const created = whole.approvals.map(({ createdAt }) => createdAt);
      expect(created).toEqual(created.toSorted().toReversed());
    }
  });

  it("shows no account what is another's, and no agent what another asked", async () => {
    const scene = await newScene();
    const other = await newScene();
    const approvalId = await scene.opened();
    expect(await listed(other)).toEqual([]);
    expect(await listed(other, { agentId: scene.agentId })).toEqual([]);
    expect(await listed(scene, { agentId: other.agentId })).toEqual([]);
    expect(await listed(scene, { agentId: scene.agentId })).toEqual([approvalId]);
    expect(await approvalOfAccount(env.DB, other.accountId, approvalId, start)).toBeUndefined();
    expect(await gateOfApproval(env.DB, other.accountId, approvalId)).toBeUndefined();
    expect(await approvalOfAgent(env.DB, other.agentId, approvalId, start)).toBeUndefined();
  });

  it("gives the agent its own view, the same from the gate and from the copy", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened({ intent: scene.intentOf({ amount: 3 }) });
    await scene.review(approvalId, { verdict: "deny", comment: "later" });
    const copy = present(await approvalOfAgent(env.DB, scene.agentId, approvalId, start));
    const state = await stateOf(scene, approvalId);
    expect(copy.permissionId).toBe(scene.permissionId);
    const view = agentApproval(state, "https://app.example/a");
    expect(agentApproval(copy, "https://app.example/a")).toEqual(view);
    expect(view).toMatchObject({ approvalId, status: "denied", comment: "later", amount: 3 });
    expect(view).not.toHaveProperty("decidedBy");
  });
});

describe("the copy", () => {
  it("is never undone by an older one, and taken twice without effect", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    const pending = await stateOf(scene, approvalId);
    await scene.review(approvalId);
    const approved = await stateOf(scene, approvalId);
    await scene.ask();
    const used = await stateOf(scene, approvalId);
    await scene.drained();
    const { accountId, agentId, permissionId } = scene;
    const copyOf = (state: ApprovalState) => ({ ...state, accountId, agentId, permissionId });
    const before = await scene.copies();
    for (const late of [pending, used, approved, pending]) {
      await copyApprovals(env.DB, [copyOf(late)]);
      expect(await scene.copies()).toEqual(before);
    }
    await env.DB.prepare("DELETE FROM approvals WHERE id = ?").bind(approvalId).run();
    await copyApprovals(env.DB, [used, pending, approved].map(copyOf));
    expect(await scene.copies()).toEqual(before);
  });

  it("is passed over where there is no such agent in the account", async () => {
    const scene = await newScene();
    const other = await newScene();
    const state = await stateOf(scene, await scene.opened());
    const { agentId, permissionId } = scene;
    await scene.drained();
    const foreign = { ...state, agentId, permissionId, accountId: other.accountId };
    await copyApprovals(env.DB, [{ ...foreign, approvalId: newId("approval") }]);
    await copyApprovals(env.DB, [
      { ...foreign, approvalId: newId("approval"), agentId: newId("agent"), accountId: scene.accountId },
    ]);
    expect(await scene.copies()).toHaveLength(1);
  });
});

describe("the sweep", () => {
  it("finds the gates whose permission ended or whose agent was disabled, and no others", async () => {
    const scene = await newScene();
    const approvalId = await scene.opened();
    await scene.opened({ intent: scene.intentOf({ amount: 1 }) });
    const { accountId, agentId, permissionId } = scene;
    const news = { agentId, permissionId, permissionEnded: false, epoch: 0 };
    expect(await toEnd(scene)).toEqual([]);
    expect(await gateOfApproval(env.DB, accountId, approvalId)).toEqual(news);
    await setAgent(scene, { status: "disabled", epoch: 1 });
    expect(await toEnd(scene)).toEqual([{ ...news, epoch: 1 }]);
    await setAgent(scene, { status: "active" });
    expect(await toEnd(scene)).toEqual([{ ...news, epoch: 1 }]);
    await setAgent(scene, { epoch: 0 });
    await revoke(scene);
    expect(await toEnd(scene)).toEqual([{ ...news, permissionEnded: true }]);
    expect(await gateOfApproval(env.DB, accountId, approvalId)).toEqual({
      ...news,
      permissionEnded: true,
    });
    // What time has ended needs no end.
    expect(await toEnd(scene, start + day - 1)).toHaveLength(1);
    expect(await toEnd(scene, start + day)).toEqual([]);
    await database(env.DB).delete(permissions).where(eq(permissions.id, permissionId));
    expect(await toEnd(scene)).toEqual([{ ...news, permissionEnded: true }]);
  });

  it("voids them in their gates and in the lists, and is done then", async () => {
    const scene = await newScene();
    const other = await newScene();
    const granted = await scene.approved();
    const foreign = await other.approved();
    await revoke(scene);
    expect(await endStaleGrants(env, start, { agentId: scene.agentId })).toEqual({
      gates: 1,
      voided: 1,
      failures: [],
    });
    expect(await scene.status(granted)).toBe("void");
    expect(await other.status(foreign)).toBe("approved");
    await scene.drained();
    expect(await listed(scene, { status: "void" })).toEqual([granted]);
    expect(await endStaleGrants(env, start, { agentId: scene.agentId })).toMatchObject({ gates: 0 });
  });

  it("reaches every gate, however many, and is stopped by none that fails", async () => {
    const scene = await newScene();
    const broken = await newScene();
    const approvalId = await scene.opened();
    const unreached = await broken.opened();
    await setAgent(scene, { epoch: 3 });
    await setAgent(broken, { epoch: 3 });
    const { accountId, agentId } = scene;
    const state = await stateOf(scene, approvalId);
    const ofOtherGates = times(55, () => {
      const permissionId = newId("permission");
      return { ...state, approvalId: newId("approval"), accountId, agentId, permissionId };
    });
    await copyApprovals(env.DB, ofOtherGates);
    const rename = (from: string, to: string) =>
      broken.inGate((_, { storage }) => storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`).toArray());
    await rename("approvals", "gone");
    const sweep = await endStaleGrants(env, start);
    await rename("gone", "approvals");
    expect(sweep.failures).toMatchObject([{ agentId: broken.agentId }]);
    expect(sweep.gates).toBeGreaterThanOrEqual(57);
    expect(await scene.status(approvalId)).toBe("void");
    expect(await broken.status(unreached)).toBe("pending");
    expect((await endStaleGrants(env, start)).failures).toEqual([]);
    expect(await broken.status(unreached)).toBe("void");
  }, 20_000);

  it("need not come before the grant is worthless: newer facts void it by themselves", async () => {
    const scene = await newScene();
    const recover = await refuseCopies();
    await scene.approved();
    await setAgent(scene, { epoch: 1 });
    expect(await endStaleGrants(env, start, { agentId: scene.agentId })).toMatchObject({ gates: 0 });
    expect(await scene.ask({ epoch: 1 })).toMatchObject({ kind: "pending" });
    await recover();
  });
});
