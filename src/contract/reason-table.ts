export const risks = ["low", "medium", "high"] as const;
export type Risk = (typeof risks)[number];

/**
 * Every reason that a decision can have, with the sentence and the risk that go with it. The sentences are
 * part of the wire contract: clients show them and some compare them.
 */
export const reasons = {
  allowed: { sentence: "Action allowed by active permission.", risk: "low" },
  allowed_by_grant: { sentence: "Action allowed by approved permission grant.", risk: "low" },
  requires_approval: { sentence: "Permission requires approval before execution.", risk: "medium" },
  agent_disabled: { sentence: "Agent is disabled.", risk: "high" },
  no_permission: { sentence: "No active permission exists for this action.", risk: "high" },
  permission_revoked: { sentence: "Permission has been revoked.", risk: "high" },
  permission_expired: { sentence: "Permission has expired.", risk: "high" },
  action_blocked: { sentence: "Action is blocked by this permission.", risk: "high" },
  resource_mismatch: { sentence: "Resource does not match permission resource.", risk: "high" },
  amount_required: {
    sentence: "amount is required for permissions with a maxAmount constraint.",
    risk: "high",
  },
  amount_exceeded: { sentence: "Amount exceeds maxAmount constraint.", risk: "high" },
  vendor_not_allowed: {
    sentence: "Vendor is not included in allowedVendors constraint.",
    risk: "high",
  },
  environment_not_allowed: {
    sentence: "Environment is not included in allowedEnvironments constraint.",
    risk: "high",
  },
  environment_denied: {
    sentence: "Environment is blocked by deniedEnvironments constraint.",
    risk: "high",
  },
  branch_not_allowed: {
    sentence: "Branch is not included in allowedBranches constraint.",
    risk: "high",
  },
  branch_denied: { sentence: "Branch is blocked by deniedBranches constraint.", risk: "high" },
  repository_not_allowed: {
    sentence: "Repository is not included in allowedRepositories constraint.",
    risk: "high",
  },
  repository_denied: {
    sentence: "Repository is blocked by deniedRepositories constraint.",
    risk: "high",
  },
  path_not_permitted: { sentence: "path_not_permitted", risk: "high" },
  command_blocked: { sentence: "command_blocked", risk: "high" },
  approval_target_required: {
    sentence: "Approval target is required for this action.",
    risk: "high",
  },
  approval_denied: { sentence: "Approval was denied by a reviewer.", risk: "high" },
} as const satisfies Record<string, { sentence: string; risk: Risk }>;

export type ReasonCode = keyof typeof reasons;
export type AllowReason = "allowed" | "allowed_by_grant";
export type DenyReason = Exclude<ReasonCode, AllowReason | "requires_approval">;
