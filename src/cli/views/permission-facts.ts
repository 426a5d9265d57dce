import type { Constraints, Permission } from "../../contract/permission.ts";
import type { Fact } from "../output/columns.ts";
import { momentText } from "../output/times.ts";
import { visibleLine } from "../output/visible.ts";

const limits: readonly [name: keyof Constraints, label: string][] = [
  ["maxAmount", "max amount"],
  ["allowedVendors", "vendors"],
  ["allowedEnvironments", "environments"],
  ["deniedEnvironments", "never in"],
  ["allowedBranches", "branches"],
  ["deniedBranches", "never on"],
  ["allowedRepositories", "repositories"],
  ["deniedRepositories", "never for"],
  ["allowedPaths", "paths"],
  ["deniedPaths", "never paths"],
  ["deniedCommands", "never commands"],
];

/** What a permission says, line by line. What it does not limit is left out. */
export function permissionFacts(permission: Permission, now: number): Fact[] {
  const { constraints } = permission;
  const texts = (entries: readonly string[]) => (entries.length === 0 ? undefined : entries.map(visibleLine));
  const optional = (text: string | undefined) => (text === undefined ? undefined : visibleLine(text));
  return [
    ["action", visibleLine(permission.action)],
    ["resource", optional(permission.resource)],
    ["approval", permission.requiresApproval ? approvalRule(permission) : "not needed"],
    ["also allows", texts(permission.allowedActions)],
    ["blocks", texts(permission.blockedActions)],
    ...limits.map(([name, label]): Fact => {
      const limit = constraints[name];
      if (limit === undefined) return [label, undefined];
      return [label, Array.isArray(limit) ? texts(limit) : String(limit)];
    }),
    ["expires", constraints.expiresAt === undefined ? undefined : momentText(constraints.expiresAt, now)],
    ["description", optional(permission.description)],
    ["scope", optional(permission.scope)],
    ["notes", optional(permission.notes)],
    ["template", optional(permission.template)],
    ["made", momentText(permission.createdAt, now)],
    ["replaced by", permission.replacedBy ?? undefined],
  ];
}

function approvalRule({ requireDifferentApprover }: Permission): string {
  return requireDifferentApprover
    ? "needed each time, from someone other than who made the agent"
    : "needed each time";
}
