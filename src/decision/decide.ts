import type { PermissionId } from "../contract/ids.ts";
import { reasons, type DenyReason } from "../contract/reasons.ts";
import { checkNames, type ActionRequest, type TraceStep } from "../contract/verify.ts";
import { hasApprovalTarget } from "./approval-target.ts";
import { candidatesFor } from "./candidates.ts";
import { carriedBy, type Carried } from "./carried.ts";
import { firstFailure, type Failure } from "./checks.ts";
import type { Facts, PermissionFacts } from "./facts.ts";

/** What a request is answered, before any approval is looked at. */
export type Decision =
  | { outcome: "allow"; permissionId: PermissionId }
  | { outcome: "deny"; reason: DenyReason; permissionId?: PermissionId }
  | { outcome: "ask"; permissionId: PermissionId; requireDifferentApprover: boolean };

type Judged = { permission: PermissionFacts; failure: Failure | undefined };

/**
 * Answers whether an agent may do what it asks for: allow, deny with the reason, or ask a person first. `now` is
 * in epoch milliseconds. A pure function of its arguments that throws nothing.
 *
 * In this order: a disabled agent, a permission that blocks the action, the most restrictive permission that
 * passes every check, and then the reason of the one that got furthest.
 */
export function decide(request: ActionRequest, facts: Facts, now: number): Decision {
  return judge(request, facts, now).decision;
}

/**
 * The decision, and for every permission that has a say in it, newest first, the first check that it failed or
 * that it matched. Every permission is checked, whatever the answer will be.
 */
export function explain(
  request: ActionRequest,
  facts: Facts,
  now: number,
): { decision: Decision; trace: TraceStep[] } {
  const { decision, judged } = judge(request, facts, now);
  return { decision, trace: judged.map(traceStep) };
}

function judge(
  request: ActionRequest,
  facts: Facts,
  now: number,
): { decision: Decision; judged: readonly Judged[] } {
  const { action } = request;
  const carried = carriedBy(request);
  const judged = candidatesFor(action, facts.permissions).map((permission) => ({
    permission,
    failure: firstFailure({ permission, action, carried, now }),
  }));
  return { decision: decisionOf(facts.agent, judged, action, carried), judged };
}

function decisionOf(
  agent: Facts["agent"],
  judged: readonly Judged[],
  action: string,
  carried: Carried,
): Decision {
  if (agent.status !== "active") return { outcome: "deny", reason: "agent_disabled" };
  const blocking = judged.find(({ failure }) => failure?.check === "blocked");
  if (blocking !== undefined) return denied(blocking);
  const permission = mostRestrictive(judged);
  if (permission === undefined) {
    const furthest = furthestOf(judged);
    return furthest === undefined ? { outcome: "deny", reason: "no_permission" } : denied(furthest);
  }
  const { permissionId, requiresApproval, requireDifferentApprover } = permission;
  if (!requiresApproval) return { outcome: "allow", permissionId };
  if (!hasApprovalTarget(action, carried))
    return { outcome: "deny", reason: "approval_target_required", permissionId };
  return { outcome: "ask", permissionId, requireDifferentApprover };
}

/**
 * Of the permissions that pass, newest first, the one that asks most of people: so a wide permission beside a
 * narrow one never takes away what the narrow one demands.
 */
function mostRestrictive(judged: readonly Judged[]): PermissionFacts | undefined {
  const passing = judged.filter(({ failure }) => failure === undefined).map(({ permission }) => permission);
  const gated = passing.filter(({ requiresApproval }) => requiresApproval);
  return gated.find(({ requireDifferentApprover }) => requireDifferentApprover) ?? gated[0] ?? passing[0];
}

// Expired comes before revoked here, though a permission fails on its status before its expiry: so far did it get.
function furthestOf(judged: readonly Judged[]): Judged | undefined {
  const distance = ({ failure }: Judged) => (failure === undefined ? -1 : checkNames.indexOf(failure.check));
  return judged.reduce<Judged | undefined>(
    (furthest, next) => (furthest === undefined || distance(next) > distance(furthest) ? next : furthest),
    undefined,
  );
}

function denied({ permission, failure }: Judged): Decision {
  const reason = failure?.reason ?? "no_permission";
  return { outcome: "deny", reason, permissionId: permission.permissionId };
}

function traceStep({ permission, failure }: Judged): TraceStep {
  const { permissionId, action, requiresApproval } = permission;
  const step = { permissionId, action, matched: failure === undefined, requiresApproval };
  if (failure === undefined) return step;
  const { check, reason } = failure;
  return { ...step, failedCheck: check, reasonCode: reason, reason: reasons[reason].sentence };
}
