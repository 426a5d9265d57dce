import { grantMs, type ApprovalStatus, type Intent } from "../contract/approval.ts";
import type { ApprovalId, RequestId, UserId } from "../contract/ids.ts";
import { replayWindowMs } from "../contract/verify.ts";

/** One request for approval and what became of it. Times are epoch milliseconds. */
export type ApprovalState = {
  approvalId: ApprovalId;
  /** Raised at every change, so that an older copy can be told from a newer one. */
  version: number;
  status: ApprovalStatus;
  requestId: RequestId;
  intent: Intent;
  fingerprint: string;
  /** The agent's epoch when this was asked. Once the agent's is higher, this is void. */
  epoch: number;
  requireDifferentApprover: boolean;
  agentCreatedBy: UserId | null;
  createdAt: number;
  expiresAt: number;
  decidedAt: number | null;
  decidedBy: UserId | null;
  comment: string | null;
  grantExpiresAt: number | null;
  usedAt: number | null;
  usedByRequestId: RequestId | null;
  /** What names the one try of the caller that spent this, if the caller gave it a name. */
  usedByAttempt: string | null;
};

/** What a gate was told of its permission and its agent. It only ever gets stricter. */
export type Standing = { permissionEnded: boolean; epoch: number };

export type Question = {
  requestId: RequestId;
  intent: Intent;
  fingerprint: string;
  epoch: number;
  requireDifferentApprover: boolean;
  agentCreatedBy: UserId | null;
  denialMemoryMs: number;
  pendingExpiryMs: number;
  /** A hash of the caller's Idempotency-Key and body: the same for the retries of one try, and for nothing else. */
  attempt?: string | undefined;
};

export type AskAnswer =
  | { kind: "spent"; approvalId: ApprovalId; replay: boolean }
  | { kind: "pending"; approvalId: ApprovalId; expiresAt: number }
  | { kind: "denied"; approvalId: ApprovalId; comment: string | null }
  | { kind: "ended"; reason: "permission_revoked" | "agent_disabled" }
  | { kind: "crowded"; retryAfterMs: number };

export type Verdict = {
  verdict: "approve" | "deny";
  comment?: string | undefined;
  userId: UserId;
};

export type ReviewAnswer =
  | { kind: "approved"; grantExpiresAt: number }
  | { kind: "denied" }
  | { kind: "decided"; status: Exclude<ApprovalStatus, "pending" | "void"> }
  | { kind: "different_approver_required" }
  | { kind: "ended" };

/** What was asked of a gate before, as far as it bears on one question. */
export type Known = {
  standing: Standing;
  /** The newest approval for the same fingerprint. */
  newest: ApprovalState | undefined;
  /** The approval for the same fingerprint that the same attempt spent. */
  usedByAttempt: ApprovalState | undefined;
  /** How many requests of any intent wait for a person. */
  pending: number;
};

/** How many requests may wait in one gate. A person who is flooded stops reading. */
export const maxPending = 100;

const crowdedRetryMs = 60_000;

/** Whether something can still become of an approval: it waits for a person, or its grant waits to be used. */
export function isOpen({ status }: ApprovalState): boolean {
  return status === "pending" || status === "approved";
}

/** When time alone will end this approval; nothing when it cannot. */
export function dueAt(approval: ApprovalState): number | null {
  if (approval.status === "pending") return approval.expiresAt;
  // A grant without an end would never end: it has ended.
  if (approval.status === "approved") return approval.grantExpiresAt ?? 0;
  return null;
}

/** The standing after some news. Late or repeated news never loosens it. */
export function learn(standing: Standing, news: Partial<Standing>): Standing {
  return {
    permissionEnded: standing.permissionEnded || news.permissionEnded === true,
    epoch: Math.max(standing.epoch, news.epoch ?? 0),
  };
}

/** What time and the gate's standing make of an approval. The same object when they change nothing. */
export function settle(approval: ApprovalState, standing: Standing, now: number): ApprovalState {
  const due = dueAt(approval);
  if (due !== null && due <= now) return changed(approval, { status: "expired" });
  const hasEnded = standing.permissionEnded || approval.epoch < standing.epoch;
  if (isOpen(approval) && hasEnded) return changed(approval, { status: "void" });
  return approval;
}

/**
 * Answers a request whose permission needs a person: spends the grant, or says what it waits for. `changes`
 * are the approvals to keep, oldest first; `freshId` names the one that is opened, if one is.
 */
export function ask(
  known: Known,
  question: Question,
  freshId: ApprovalId,
  now: number,
): { answer: AskAnswer; changes: ApprovalState[] } {
  const { standing } = known;
  if (standing.permissionEnded) return only({ kind: "ended", reason: "permission_revoked" });
  // The facts are older than a disabling that this gate knows of.
  if (question.epoch < standing.epoch) return only({ kind: "ended", reason: "agent_disabled" });

  const present = learn(standing, { epoch: question.epoch });
  const newest = known.newest && settle(known.newest, present, now);
  const settled = newest !== undefined && newest !== known.newest ? [newest] : [];

  if (newest?.status === "denied" && isRemembered(newest, question.denialMemoryMs, now)) {
    const { approvalId, comment } = newest;
    return { answer: { kind: "denied", approvalId, comment }, changes: settled };
  }
  // Before anything is spent or opened: the retry of a try that already spent its grant is not a second use.
  if (known.usedByAttempt !== undefined && isReplay(known.usedByAttempt, question, now)) {
    const { approvalId } = known.usedByAttempt;
    return { answer: { kind: "spent", approvalId, replay: true }, changes: settled };
  }
  if (newest?.status === "pending") {
    const { approvalId, expiresAt } = newest;
    return { answer: { kind: "pending", approvalId, expiresAt }, changes: settled };
  }
  if (newest?.status === "approved") {
    const spent = changed(newest, {
      status: "used",
      usedAt: now,
      usedByRequestId: question.requestId,
      usedByAttempt: question.attempt ?? null,
    });
    return {
      answer: { kind: "spent", approvalId: spent.approvalId, replay: false },
      changes: [...settled, spent],
    };
  }
  if (known.pending >= maxPending) {
    return { answer: { kind: "crowded", retryAfterMs: crowdedRetryMs }, changes: settled };
  }
  const opened = open(question, freshId, now);
  const { approvalId, expiresAt } = opened;
  return { answer: { kind: "pending", approvalId, expiresAt }, changes: [...settled, opened] };
}

/** Decides a pending approval. The approval comes back as it is now, decided or only settled. */
export function review(
  approval: ApprovalState,
  standing: Standing,
  { verdict, comment, userId }: Verdict,
  now: number,
): { answer: ReviewAnswer; approval: ApprovalState } {
  const settled = settle(approval, standing, now);
  const { status } = settled;
  if (status === "void") return { answer: { kind: "ended" }, approval: settled };
  if (status !== "pending") return { answer: { kind: "decided", status }, approval: settled };
  if (settled.requireDifferentApprover && userId === settled.agentCreatedBy) {
    return { answer: { kind: "different_approver_required" }, approval: settled };
  }
  const decision = { decidedAt: now, decidedBy: userId, comment: comment ?? null };
  if (verdict !== "approve") {
    return {
      answer: { kind: "denied" },
      approval: changed(settled, { ...decision, status: "denied" }),
    };
  }
  const grantExpiresAt = now + grantMs;
  return {
    answer: { kind: "approved", grantExpiresAt },
    approval: changed(settled, { ...decision, status: "approved", grantExpiresAt }),
  };
}

function open(question: Question, approvalId: ApprovalId, now: number): ApprovalState {
  return {
    approvalId,
    version: 1,
    status: "pending",
    requestId: question.requestId,
    intent: question.intent,
    fingerprint: question.fingerprint,
    epoch: question.epoch,
    requireDifferentApprover: question.requireDifferentApprover,
    agentCreatedBy: question.agentCreatedBy,
    createdAt: now,
    expiresAt: now + question.pendingExpiryMs,
    decidedAt: null,
    decidedBy: null,
    comment: null,
    grantExpiresAt: null,
    usedAt: null,
    usedByRequestId: null,
    usedByAttempt: null,
  };
}

function isRemembered({ decidedAt }: ApprovalState, memoryMs: number, now: number): boolean {
  return decidedAt !== null && now < decidedAt + memoryMs;
}

// A caller that gave its try no name cannot be told from another, so it never gets a used grant again.
function isReplay(used: ApprovalState, { attempt, epoch }: Question, now: number): boolean {
  return (
    attempt !== undefined &&
    used.status === "used" &&
    used.usedByAttempt === attempt &&
    used.epoch === epoch &&
    used.usedAt !== null &&
    now < used.usedAt + replayWindowMs
  );
}

function changed(approval: ApprovalState, change: Partial<ApprovalState>): ApprovalState {
  return { ...approval, ...change, version: approval.version + 1 };
}

function only(answer: AskAnswer): { answer: AskAnswer; changes: ApprovalState[] } {
  return { answer, changes: [] };
}
