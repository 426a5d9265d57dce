import type { DenyReason } from "../contract/reasons.ts";
import { checkNames, type CheckName } from "../contract/verify.ts";
import type { Carried } from "./carried.ts";
import { covers } from "./covers.ts";
import type { PermissionFacts } from "./facts.ts";
import { isAllowedBy, isDeniedBy } from "./glob.ts";
import { isPathPermitted } from "./path-lists.ts";

export type Question = { permission: PermissionFacts; action: string; carried: Carried; now: number };
export type Failure = { check: CheckName; reason: DenyReason };

type Check = (question: Question) => DenyReason | undefined;

/**
 * Every check of a permission. A check that its permission sets and whose fact the request does not carry fails:
 * leaving a fact out must not be a way around the list that looks at it, be it an allow list or a deny list.
 */
const checks: Record<CheckName, Check> = {
  status: ({ permission }) => (permission.status === "active" ? undefined : "permission_revoked"),

  // Written so that a time that is no number has expired.
  expiry: ({ permission: { expiresAt }, now }) =>
    expiresAt === undefined || expiresAt > now ? undefined : "permission_expired",

  blocked: ({ permission, action }) =>
    permission.blockedActions.includes(action) ? "action_blocked" : undefined,

  resource: ({ permission, carried }) =>
    permission.resource === undefined || isCovered([permission.resource], carried.resource)
      ? undefined
      : "resource_mismatch",

  amount: ({ permission, carried }) => {
    const { maxAmount } = permission.constraints;
    if (maxAmount === undefined) return undefined;
    if (carried.amount === undefined) return "amount_required";
    return carried.amount <= maxAmount ? undefined : "amount_exceeded";
  },

  vendor: ({ permission: { constraints }, carried }) =>
    constraints.allowedVendors === undefined || isCovered(constraints.allowedVendors, carried.resource)
      ? undefined
      : "vendor_not_allowed",

  environment: ({ permission: { constraints }, carried }) =>
    failedList(carried.environment, constraints.allowedEnvironments, constraints.deniedEnvironments, {
      notAllowed: "environment_not_allowed",
      denied: "environment_denied",
    }),

  branch: ({ permission: { constraints }, carried }) =>
    failedList(carried.branch, constraints.allowedBranches, constraints.deniedBranches, {
      notAllowed: "branch_not_allowed",
      denied: "branch_denied",
    }),

  repository: ({ permission: { constraints }, carried }) =>
    failedList(carried.repository, constraints.allowedRepositories, constraints.deniedRepositories, {
      notAllowed: "repository_not_allowed",
      denied: "repository_denied",
    }),

  paths: ({ permission: { constraints }, carried }) => {
    const { allowedPaths, deniedPaths } = constraints;
    if (allowedPaths === undefined && deniedPaths === undefined) return undefined;
    const { filePath, place } = carried;
    return filePath !== undefined && isPathPermitted(filePath, place, allowedPaths, deniedPaths)
      ? undefined
      : "path_not_permitted";
  },

  // To the character, anywhere in the command: a tripwire, not a sandbox.
  commands: ({ permission: { constraints }, carried }) => {
    const { deniedCommands } = constraints;
    if (deniedCommands === undefined) return undefined;
    const { command } = carried;
    return command === undefined || deniedCommands.some((denied) => command.includes(denied))
      ? "command_blocked"
      : undefined;
  },
};

/** The first check that the permission fails, in the order of `checkNames`, or undefined where it passes all. */
export function firstFailure(question: Question): Failure | undefined {
  for (const check of checkNames) {
    const reason = checks[check](question);
    if (reason !== undefined) return { check, reason };
  }
  return undefined;
}

function isCovered(owners: readonly string[], value: string | undefined): boolean {
  return value !== undefined && owners.some((owner) => covers(owner, value));
}

/**
 * An allow list and a deny list on the same fact both hold. The deny list is looked at first, because a value
 * that an owner named is the better reason. A fact that is missing is on neither, and not being on the allow
 * list is the better reason then.
 */
function failedList(
  value: string | undefined,
  allowed: readonly string[] | undefined,
  denied: readonly string[] | undefined,
  reasons: { notAllowed: DenyReason; denied: DenyReason },
): DenyReason | undefined {
  if (allowed === undefined && denied === undefined) return undefined;
  if (value === undefined) return allowed === undefined ? reasons.denied : reasons.notAllowed;
  if (denied !== undefined && isDeniedBy(denied, value)) return reasons.denied;
  return allowed === undefined || isAllowedBy(allowed, value) ? undefined : reasons.notAllowed;
}
