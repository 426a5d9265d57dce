import type { AgentId, PermissionId } from "../contract/ids.ts";
import type { Constraints } from "../contract/permission.ts";

/** A permission in the decision's words. Times are epoch milliseconds. */
export type PermissionFacts = {
  permissionId: PermissionId;
  /** A replaced permission is revoked as far as a decision goes. */
  status: "active" | "revoked";
  action: string;
  resource?: string | undefined;
  allowedActions: readonly string[];
  blockedActions: readonly string[];
  requiresApproval: boolean;
  requireDifferentApprover: boolean;
  constraints: Omit<Constraints, "expiresAt">;
  expiresAt?: number | undefined;
  createdAt: number;
};

/** What is known of an agent when a request is decided. Where it came from is nobody's business here. */
export type Facts = {
  agent: { agentId: AgentId; status: "active" | "disabled" };
  /** At least every permission of the agent that is a candidate for the request; others are passed over. */
  permissions: readonly PermissionFacts[];
};
