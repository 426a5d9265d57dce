import type { CaseFacts, CasePermission, DecisionCase, DecisionCases } from "../contract/decision-case.ts";
import { actionRequest, type ActionRequest, type Explanation } from "../contract/verify.ts";
import { explain, type Decision } from "./decide.ts";
import { explainedDecision } from "./explained-decision.ts";
import type { Facts, PermissionFacts } from "./facts.ts";

export type CaseResult = Explanation & {
  name: string;
  passed: boolean;
  expected: DecisionCase["expect"];
};

/** Decides every case of a file, offline, and says which came out as expected. */
export function runCases(file: DecisionCases): CaseResult[] {
  return file.cases.map((one) => {
    const { request, facts, now } = questionOf(one, file);
    const { decision, trace } = explain(request, facts, now);
    const passed = isExpected(decision, one.expect);
    return { name: one.name, passed, expected: one.expect, decision: explainedDecision(decision), trace };
  });
}

/** What a case asks, in the decision's words. */
export function questionOf(
  { request, facts, now }: DecisionCase,
  file: Pick<DecisionCases, "facts" | "now">,
): { request: ActionRequest; facts: Facts; now: number } {
  return {
    request: actionRequest(request),
    facts: factsOf(facts ?? file.facts),
    now: Date.parse(now ?? file.now),
  };
}

function factsOf({ agent, permissions }: CaseFacts): Facts {
  return {
    agent: { agentId: "agent_case", status: agent.status },
    permissions: permissions.map(permissionFacts),
  };
}

const firstCreated = Date.parse("2020-01-01T00:00:00Z");

function permissionFacts(permission: CasePermission, index: number): PermissionFacts {
  const { expiresAt, ...constraints } = permission.constraints;
  return {
    permissionId: permission.permissionId ?? `perm_${index + 1}`,
    status: permission.status === "active" ? "active" : "revoked",
    action: permission.action,
    resource: permission.resource,
    allowedActions: permission.allowedActions,
    blockedActions: permission.blockedActions,
    requiresApproval: permission.requiresApproval,
    requireDifferentApprover: permission.requireDifferentApprover,
    constraints,
    expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
    createdAt:
      permission.createdAt === undefined ? firstCreated + index * 1000 : Date.parse(permission.createdAt),
  };
}

// What a case leaves out of its expectation it does not care about.
function isExpected(decision: Decision, expected: DecisionCase["expect"]): boolean {
  const { reasonCode, permissionId } = explainedDecision(decision);
  const needsAnother = decision.outcome === "ask" && decision.requireDifferentApprover;
  return (
    decision.outcome === expected.outcome &&
    (expected.reasonCode ?? reasonCode) === reasonCode &&
    (expected.permissionId ?? permissionId) === permissionId &&
    (expected.requireDifferentApprover ?? needsAnother) === needsAnother
  );
}
