import { reasons, type ReasonCode } from "../contract/reasons.ts";
import type { Explanation } from "../contract/verify.ts";
import type { Decision } from "./decide.ts";

/** The decision as `explain` shows it: with its sentence and risk, and nothing that reads as permission. */
export function explainedDecision(decision: Decision): Explanation["decision"] {
  const { outcome, permissionId } = decision;
  const reasonCode = reasonCodeOf(decision);
  const { sentence, risk } = reasons[reasonCode];
  const explained = { outcome, reasonCode, reason: sentence, risk };
  return permissionId === undefined ? explained : { ...explained, permissionId };
}

// Before any approval is looked at.
function reasonCodeOf(decision: Decision): ReasonCode {
  switch (decision.outcome) {
    case "allow":
      return "allowed";
    case "ask":
      return "requires_approval";
    case "deny":
      return decision.reason;
  }
}
