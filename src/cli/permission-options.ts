import type { Constraints, Permission, PermissionInput } from "../contract/permission.ts";
import { UserError } from "./failure.ts";
import { exactList, list, moment, negatable, number, text, type Given } from "./inputs.ts";
import { optionName } from "./option-name.ts";

/** What a permission says, as options. Lists take commas, or the option again. */
export const permissionOptions = {
  action: text("ACTION", "the action that it is about, such as deploy_production"),
  resource: text("RESOURCE", "on what: exact, several with commas, or a pattern such as *.vercel.com"),
  allowed: list("A,B", "further actions that it allows"),
  blocked: list("A,B", "actions that are blocked, whatever else allows them"),
  requiresApproval: negatable("a person has to approve each time"),
  differentApprover: negatable("the approver must not be who made the agent"),
  maxAmount: number("AMOUNT", "the most that it may cost"),
  vendors: list("A,B", "the only vendors"),
  expires: moment("when it ends: 30d, or 2030-01-31T12:00:00Z"),
  environments: list("A,B", "the only environments, as globs"),
  denyEnvironments: list("A,B", "environments that are denied"),
  branches: list("A,B", "the only branches, as globs"),
  denyBranches: list("A,B", "branches that are denied"),
  repositories: list("A,B", "the only repositories, as globs"),
  denyRepositories: list("A,B", "repositories that are denied"),
  paths: list("A,B", "the only paths, as globs"),
  denyPaths: list("A,B", "paths that are denied"),
  denyCommands: exactList(
    "A,B",
    "text that no command may contain; one that is given alone keeps the spaces at its edges. A tripwire, not a sandbox",
  ),
  description: text("TEXT", "what it is for, as approvers read it"),
  scope: text("TEXT", "a note on its scope"),
  notes: text("TEXT", "further notes"),
  template: text("NAME", "the template that it was made from"),
};

export type PermissionOptions = Given<typeof permissionOptions>;

const constraintOf = {
  maxAmount: "maxAmount",
  vendors: "allowedVendors",
  expires: "expiresAt",
  environments: "allowedEnvironments",
  denyEnvironments: "deniedEnvironments",
  branches: "allowedBranches",
  denyBranches: "deniedBranches",
  repositories: "allowedRepositories",
  denyRepositories: "deniedRepositories",
  paths: "allowedPaths",
  denyPaths: "deniedPaths",
  denyCommands: "deniedCommands",
} as const satisfies Partial<Record<keyof PermissionOptions, keyof Constraints>>;

const fieldOf = {
  resource: "resource",
  allowed: "allowedActions",
  blocked: "blockedActions",
  requiresApproval: "requiresApproval",
  differentApprover: "requireDifferentApprover",
  description: "description",
  scope: "scope",
  notes: "notes",
  template: "template",
} as const satisfies Partial<Record<keyof PermissionOptions, keyof PermissionInput>>;

/** What `--clear` can take away: everything but the action. */
export const clearable = [...Object.keys(fieldOf), ...Object.keys(constraintOf)].map(clearName);

/** The permission that these options describe, on top of what `present` says where there is one. */
export function permissionOf(
  options: PermissionOptions,
  now: number,
  present?: Permission,
  cleared: readonly string[] = [],
): PermissionInput {
  const action = options.action ?? present?.action;
  if (action === undefined)
    throw new UserError("What is the permission about?", "Name an action: --action deploy_production");
  const isCleared = (name: string) => cleared.includes(clearName(name));
  const fields = Object.entries(fieldOf).map(([option, field]): [string, unknown] => {
    const given = options[option as keyof typeof fieldOf];
    return [field, given ?? (isCleared(option) ? undefined : present?.[field])];
  });
  const constraints = Object.entries(constraintOf).map(([option, name]): [string, unknown] => {
    const given =
      option === "expires" ? endOf(options.expires, now) : options[option as keyof PermissionOptions];
    return [name, given ?? (isCleared(option) ? undefined : present?.constraints[name])];
  });
  return {
    action,
    ...Object.fromEntries(fields),
    constraints: Object.fromEntries(constraints),
  };
}

function clearName(name: string): string {
  return optionName(name).slice(2);
}

function endOf(expires: PermissionOptions["expires"], now: number): string | undefined {
  if (expires === undefined) return undefined;
  return "at" in expires ? expires.at : new Date(now + expires.spanMs).toISOString();
}
