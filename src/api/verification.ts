import { approvalPage } from "../contract/approval-page.ts";
import type { ApprovalId, PermissionId, RequestId } from "../contract/ids.ts";
import { reasons, type DenyReason } from "../contract/reasons.ts";
import {
  type ActionRequest,
  type AllowedPacket,
  type ApprovalPacket,
  type DecisionPacket,
  type DeniedPacket,
} from "../contract/verify.ts";
import { digestOf } from "../crypto/canonical-json.ts";
import { fingerprint, intentOf } from "../crypto/intent.ts";
import { hashSecret } from "../crypto/secrets.ts";
import { factsByKey, type VerifyFacts } from "../db/facts.ts";
import { decide, type Decision } from "../decision/decide.ts";
import { gateOf } from "../gates/gate-name.ts";
import type { LedgerRefusal, RecordContext } from "../ledger/ledger.ts";
import { inTime } from "../within.ts";
import { keyMismatch } from "./agent-key.ts";
import type { AppContext } from "./context.ts";
import { Problem, tooManyRequests } from "./problem.ts";

export type VerifyCall = {
  key: string;
  agentId: string;
  request: ActionRequest;
  idempotencyKey: string | undefined;
};

// Longer than any healthy answer takes, shorter than agents wait. What is not decided by then is refused.
const deadlineMs = 8000;

/**
 * One verify: facts, decision, gate where a person must approve, ledger. Whatever keeps any of these from
 * answering ends in VERIFY_FAILED_CLOSED; a packet that says allowed leaves only after it is on record.
 */
export async function verify(c: AppContext, call: VerifyCall): Promise<DecisionPacket> {
  return orFailClosed(decideAndRecord(c, call));
}

/** What `deciding` comes to, if it does in time. Throws VERIFY_FAILED_CLOSED for whatever else is no Problem. */
export async function orFailClosed<T>(deciding: Promise<T>): Promise<T> {
  try {
    return await inTime(deadlineMs, deciding);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem("VERIFY_FAILED_CLOSED", { cause: error });
  }
}

async function decideAndRecord(c: AppContext, call: VerifyCall): Promise<DecisionPacket> {
  const { env } = c;
  const now = c.get("now");
  const requestId = c.get("requestId");
  const { request } = call;
  const facts = await factsFor(c, call);
  const decision = decide(request, facts, now);
  const idempotency =
    call.idempotencyKey === undefined
      ? undefined
      : {
          key: call.idempotencyKey,
          bodyHash: await digestOf({ agentId: call.agentId, ...request }),
        };
  const context: RecordContext = {
    requestId,
    accountId: facts.accountId,
    agentId: facts.agent.agentId,
    action: request.action,
    vendor: request.resource,
    amount: request.amount,
    environment: environmentOf(request),
    metadata: request.metadata,
    argumentsHash: request.arguments === undefined ? undefined : await digestOf(request.arguments),
    epoch: facts.epoch,
    idempotency,
    now,
  };
  const ledger = env.LEDGER.getByName(facts.agent.agentId);

  let answer: Answer;
  if (decision.outcome === "ask") {
    // A retry must find its first answer before it reaches the gate, where it would be a second request.
    if (idempotency !== undefined) {
      const recalled = await ledger.recall({ ...context, permissionId: decision.permissionId });
      if (recalled.kind === "replayed") return recalled.packet;
      if (recalled.kind !== "fresh") throw refusedBy(recalled);
    }
    answer = await askGate(c, facts, decision, request, idempotency);
  } else {
    answer = { packet: plainPacket(requestId, decision) };
  }

  const recorded = await ledger.record({ ...context, ...answer });
  if (typeof recorded === "number") return answer.packet;
  if (recorded.kind === "replayed") return recorded.packet;
  throw refusedBy(recorded);
}

function refusedBy(outcome: LedgerRefusal): Problem {
  return outcome.kind === "conflict"
    ? new Problem("IDEMPOTENCY_CONFLICT")
    : tooManyRequests(Math.ceil(outcome.retryAfterMs / 1000), "This agent verifies too often.");
}

/** What is answered, and the approval behind it where the packet itself does not name it. */
type Answer = { packet: DecisionPacket; approvalId?: ApprovalId };

async function factsFor(c: AppContext, call: VerifyCall): Promise<VerifyFacts> {
  const facts = await factsByKey(c.env.DB, await hashSecret(call.key), call.request.action, c.get("now"));
  if (facts === undefined || facts.agent.agentId !== call.agentId) throw await keyMismatch(c);
  return facts;
}

async function askGate(
  c: AppContext,
  facts: VerifyFacts,
  decision: Extract<Decision, { outcome: "ask" }>,
  request: ActionRequest,
  idempotency: { key: string; bodyHash: string } | undefined,
): Promise<Answer> {
  const now = c.get("now");
  const requestId = c.get("requestId");
  const { agentId } = facts.agent;
  const { permissionId } = decision;
  const intent = intentOf(agentId, permissionId, request);
  const answer = await gateOf(c.env.GATE, agentId, permissionId).ask({
    accountId: facts.accountId,
    agentId,
    permissionId,
    requestId,
    intent,
    fingerprint: await fingerprint(intent),
    epoch: facts.epoch,
    requireDifferentApprover: decision.requireDifferentApprover,
    agentCreatedBy: facts.createdBy,
    denialMemoryMs: facts.denialMemoryMs,
    pendingExpiryMs: facts.pendingExpiryMs,
    attempt: idempotency && (await digestOf(idempotency)),
    appUrl: c.env.PUBLIC_URL,
    now,
  });
  switch (answer.kind) {
    case "spent":
      return {
        packet: allowedPacket(requestId, "allowed_by_grant", permissionId),
        approvalId: answer.approvalId,
      };
    case "pending":
      return { packet: pendingPacket(c, permissionId, answer) };
    case "denied":
      return {
        packet: {
          ...deniedPacket(requestId, "approval_denied", permissionId),
          ...(answer.comment === null ? {} : { comment: answer.comment }),
        },
        approvalId: answer.approvalId,
      };
    case "ended":
      return { packet: deniedPacket(requestId, answer.reason, permissionId) };
    case "crowded":
      throw tooManyRequests(
        Math.ceil(answer.retryAfterMs / 1000),
        "Too many requests of this agent wait for a person.",
      );
  }
}

function pendingPacket(
  c: AppContext,
  permissionId: PermissionId,
  { approvalId, expiresAt }: { approvalId: ApprovalId; expiresAt: number },
): ApprovalPacket {
  return {
    requestId: c.get("requestId"),
    allowed: false,
    approvalRequired: true,
    approvalId,
    reason: reasons.requires_approval.sentence,
    risk: reasons.requires_approval.risk,
    reasonCode: "requires_approval",
    permissionId,
    approvalUrl: approvalPage(c.env.PUBLIC_URL, approvalId),
    expiresAt: new Date(expiresAt).toISOString(),
    nextAction: "await_approval",
  };
}

function plainPacket(requestId: RequestId, decision: Exclude<Decision, { outcome: "ask" }>): DecisionPacket {
  return decision.outcome === "allow"
    ? allowedPacket(requestId, "allowed", decision.permissionId)
    : deniedPacket(requestId, decision.reason, decision.permissionId);
}

function allowedPacket(
  requestId: RequestId,
  reasonCode: "allowed" | "allowed_by_grant",
  permissionId: PermissionId,
): AllowedPacket {
  return {
    requestId,
    allowed: true,
    approvalRequired: false,
    reason: reasons[reasonCode].sentence,
    risk: reasons[reasonCode].risk,
    reasonCode,
    permissionId,
    nextAction: "proceed",
  };
}

function deniedPacket(
  requestId: RequestId,
  reasonCode: DenyReason,
  permissionId: PermissionId | undefined,
): DeniedPacket {
  return {
    requestId,
    allowed: false,
    approvalRequired: false,
    reason: reasons[reasonCode].sentence,
    risk: reasons[reasonCode].risk,
    reasonCode,
    ...(permissionId === undefined ? {} : { permissionId }),
    nextAction: "stop",
  };
}

function environmentOf(request: ActionRequest): string | undefined {
  const environment = request.metadata?.["environment"];
  return typeof environment === "string" ? environment : undefined;
}
