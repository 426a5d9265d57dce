import { describe, expect, it } from "vitest";
import { grantMs } from "../../src/contract/approval.ts";
import type { UserId } from "../../src/contract/ids.ts";
import { replayWindowMs } from "../../src/contract/verify.ts";
import { newId } from "../../src/crypto/ids.ts";
import {
  type ApprovalState,
  ask,
  type Known,
  maxPending,
  type Question,
  review,
  settle,
  type Standing,
} from "../../src/gates/transition.ts";

import { present } from "../support/present.ts";

const now = 1_800_000_000_000;
const memory = 30 * 60_000;
const day = 24 * 3_600_000;
const owner: UserId = "user_owner";
const standing: Standing = { permissionEnded: false, epoch: 0 };

function question(change: Partial<Question> = {}): Question {
  return {
    requestId: newId("request"),
    intent: { agentId: "agent_a", permissionId: "perm_p", action: "deploy_production" },
    fingerprint: "f1",
    epoch: 0,
    requireDifferentApprover: false,
    agentCreatedBy: owner,
    denialMemoryMs: memory,
    pendingExpiryMs: day,
    ...change,
  };
}

const nobody: Known = { standing, newest: undefined, usedByAttempt: undefined, pending: 0 };
const knowing = (newest: ApprovalState, change: Partial<Known> = {}): Known => ({
  ...nobody,
  newest,
  ...change,
});

function pendingOne(change: Partial<Question> = {}): ApprovalState {
  const [opened] = ask(nobody, question(change), newId("approval"), now).changes;
  return present(opened);
}

const decided = (verdict: "approve" | "deny", change: Partial<Question> = {}, comment?: string) =>
  review(pendingOne(change), standing, { verdict, userId: owner, comment }, now).approval;

function usedOne(attempt?: string): ApprovalState {
  const [used] = ask(knowing(decided("approve")), question({ attempt }), newId("approval"), now).changes;
  return present(used);
}

const askAt = (at: number, known: Known, change: Partial<Question> = {}) =>
  ask(known, question(change), "apr_fresh", at);

describe("asking", () => {
  it("opens a request that waits for as long as the workspace says", () => {
    const { answer, changes } = askAt(now, nobody, { pendingExpiryMs: 5000 });
    expect(answer).toEqual({ kind: "pending", approvalId: "apr_fresh", expiresAt: now + 5000 });
    expect(changes).toMatchObject([{ approvalId: "apr_fresh", version: 1, status: "pending" }]);
  });

  it("gives the same request again while it waits, and keeps its first expiry", () => {
    const pending = pendingOne();
    const { answer, changes } = askAt(now + day - 1, knowing(pending), { pendingExpiryMs: 9 * day });
    expect(answer).toEqual({
      kind: "pending",
      approvalId: pending.approvalId,
      expiresAt: now + day,
    });
    expect(changes).toEqual([]);
  });

  it("opens another on the millisecond on which the first expires", () => {
    const pending = pendingOne();
    const { answer, changes } = askAt(now + day, knowing(pending));
    expect(answer).toMatchObject({ kind: "pending", approvalId: "apr_fresh" });
    expect(changes.map(({ status, version }) => [status, version])).toEqual([
      ["expired", 2],
      ["pending", 1],
    ]);
  });

  it("spends a grant on its last millisecond and not on the next", () => {
    const approved = decided("approve");
    expect(approved.grantExpiresAt).toBe(now + grantMs);
    const intime = askAt(now + grantMs - 1, knowing(approved), { attempt: "a1" });
    expect(intime.answer).toEqual({ kind: "spent", approvalId: approved.approvalId, replay: false });
    expect(intime.changes).toMatchObject([
      { status: "used", usedAt: now + grantMs - 1, usedByAttempt: "a1", version: 3 },
    ]);
    const late = askAt(now + grantMs, knowing(approved));
    expect(late.answer).toMatchObject({ kind: "pending", approvalId: "apr_fresh" });
    expect(late.changes.map(({ status }) => status)).toEqual(["expired", "pending"]);
  });

  it("counts a grant from the approval, not from the request", () => {
    const late = review(
      pendingOne(),
      standing,
      { verdict: "approve", userId: owner },
      now + day - 1,
    ).approval;
    expect(askAt(now + day + grantMs - 2, knowing(late)).answer.kind).toBe("spent");
  });

  it("never spends a used grant again, except for the retry of the try that spent it", () => {
    const used = usedOne("a1");
    const known = knowing(used, { usedByAttempt: used });
    const replay = askAt(now + 1, known, { attempt: "a1" });
    expect(replay.answer).toEqual({ kind: "spent", approvalId: used.approvalId, replay: true });
    expect(replay.changes).toEqual([]);
    expect(askAt(now + 1, knowing(used), { attempt: "a2" }).answer.kind).toBe("pending");
    expect(askAt(now + 1, knowing(used)).answer.kind).toBe("pending");
    // Even if the shell handed it over by mistake.
    expect(askAt(now + 1, known, { attempt: "a2" }).answer.kind).toBe("pending");
    expect(askAt(now + 1, known).answer.kind).toBe("pending");
  });

  it("answers the retry for two minutes, and only in the same epoch", () => {
    const used = usedOne("a1");
    const known = knowing(used, { usedByAttempt: used });
    const retry = (at: number, epoch = 0) => askAt(at, known, { attempt: "a1", epoch }).answer.kind;
    expect(retry(now + replayWindowMs - 1)).toBe("spent");
    expect(retry(now + replayWindowMs)).toBe("pending");
    expect(retry(now + 1, 1)).toBe("pending");
  });

  it("answers the retry without spending the grant that was given since", () => {
    const used = usedOne("a1");
    const known = knowing(decided("approve"), { usedByAttempt: used });
    const { answer, changes } = askAt(now + 1, known, { attempt: "a1" });
    expect(answer).toEqual({ kind: "spent", approvalId: used.approvalId, replay: true });
    expect(changes).toEqual([]);
  });

  it("takes a grant without a named attempt as one that nobody can retry", () => {
    const used = usedOne();
    expect(askAt(now + 1, knowing(used, { usedByAttempt: used })).answer.kind).toBe("pending");
  });

  it("remembers a denial with its comment for exactly as long as the workspace says", () => {
    const denied = decided("deny", {}, "not on a Friday");
    const remembered = askAt(now + memory - 1, knowing(denied));
    expect(remembered.answer).toEqual({
      kind: "denied",
      approvalId: denied.approvalId,
      comment: "not on a Friday",
    });
    expect(remembered.changes).toEqual([]);
    expect(askAt(now + memory, knowing(denied)).answer).toMatchObject({ kind: "pending" });
    expect(askAt(now, knowing(denied), { denialMemoryMs: 0 }).answer.kind).toBe("pending");
  });

  it("lets a denial stand before the retry of an earlier use", () => {
    const known = knowing(decided("deny"), { usedByAttempt: usedOne("a1") });
    expect(askAt(now + 1, known, { attempt: "a1" }).answer.kind).toBe("denied");
  });

  it("voids a grant of an older epoch and opens another request", () => {
    const { answer, changes } = askAt(now, knowing(decided("approve")), { epoch: 1 });
    expect(answer).toMatchObject({ kind: "pending", approvalId: "apr_fresh" });
    expect(changes.map(({ status, epoch }) => [status, epoch])).toEqual([
      ["void", 0],
      ["pending", 1],
    ]);
  });

  it("refuses facts that are older than what the gate knows, whatever is approved", () => {
    const approved = decided("approve");
    const stale = knowing(approved, { standing: { permissionEnded: false, epoch: 1 } });
    expect(askAt(now, stale)).toEqual({
      answer: { kind: "ended", reason: "agent_disabled" },
      changes: [],
    });
    const ended = knowing(approved, { standing: { permissionEnded: true, epoch: 0 } });
    expect(askAt(now, ended).answer).toEqual({ kind: "ended", reason: "permission_revoked" });
    const used = usedOne("a1");
    expect(askAt(now, { ...ended, usedByAttempt: used }, { attempt: "a1" }).answer.kind).toBe("ended");
  });

  it("opens nothing more where too many wait already", () => {
    const full = { ...nobody, pending: maxPending };
    expect(askAt(now, full)).toMatchObject({ answer: { kind: "crowded" }, changes: [] });
    expect(askAt(now, { ...full, pending: maxPending - 1 }).answer.kind).toBe("pending");
    const approved = decided("approve");
    expect(askAt(now, knowing(approved, { pending: maxPending })).answer.kind).toBe("spent");
  });

  it("takes a grant that has no end as one that has ended", () => {
    const endless = { ...decided("approve"), grantExpiresAt: null };
    expect(askAt(now, knowing(endless)).answer.kind).toBe("pending");
  });
});

describe("reviewing", () => {
  const verdict = (
    approval: ApprovalState,
    change: Partial<Parameters<typeof review>[2]> = {},
    at = now,
    known = standing,
  ) => review(approval, known, { verdict: "approve", userId: owner, ...change }, at);

  it("decides a pending request once", () => {
    for (const first of ["approve", "deny"] as const) {
      const once = decided(first);
      for (const again of ["approve", "deny"] as const) {
        const { answer, approval } = verdict(once, { verdict: again });
        expect(answer).toEqual({ kind: "decided", status: once.status });
        expect(approval).toBe(once);
      }
    }
  });

  it("records who decided, when, and what they wrote", () => {
    const { approval } = verdict(pendingOne(), { userId: "user_b", comment: "fine" }, now + 7);
    expect(approval).toMatchObject({
      status: "approved",
      decidedBy: "user_b",
      decidedAt: now + 7,
      comment: "fine",
      grantExpiresAt: now + 7 + grantMs,
    });
  });

  it("approves on the last millisecond and finds it expired on the next", () => {
    const pending = pendingOne();
    expect(verdict(pending, {}, now + day - 1).answer.kind).toBe("approved");
    const late = verdict(pending, {}, now + day);
    expect(late.answer).toEqual({ kind: "decided", status: "expired" });
    expect(late.approval.status).toBe("expired");
  });

  it("says which state it found", () => {
    expect(verdict(usedOne()).answer).toEqual({ kind: "decided", status: "used" });
    const expired = settle(decided("approve"), standing, now + grantMs);
    expect(verdict(expired, {}, now + grantMs).answer).toEqual({
      kind: "decided",
      status: "expired",
    });
    expect(verdict(settle(pendingOne(), { permissionEnded: true, epoch: 0 }, now)).answer).toEqual({
      kind: "ended",
    });
  });

  it("voids a request of an older epoch or an ended permission instead of deciding it", () => {
    for (const present of [
      { permissionEnded: false, epoch: 1 },
      { permissionEnded: true, epoch: 0 },
    ]) {
      const { answer, approval } = verdict(pendingOne(), {}, now, present);
      expect(answer).toEqual({ kind: "ended" });
      expect(approval.status).toBe("void");
    }
  });

  it("bars the creator of the agent where another person is demanded", () => {
    const pending = pendingOne({ requireDifferentApprover: true });
    for (const kind of ["approve", "deny"] as const) {
      const { answer, approval } = verdict(pending, { verdict: kind });
      expect(answer).toEqual({ kind: "different_approver_required" });
      expect(approval).toBe(pending);
    }
    expect(verdict(pending, { userId: "user_other" }).answer.kind).toBe("approved");
    expect(verdict(pendingOne()).answer.kind).toBe("approved");
    const ofNobody = pendingOne({ requireDifferentApprover: true, agentCreatedBy: null });
    expect(verdict(ofNobody).answer.kind).toBe("approved");
  });
});
