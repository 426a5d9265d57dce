import { limits } from "./limits.ts";
import { isMoment } from "./moment.ts";
import type { Constraints, PermissionSpec } from "./permission.ts";

/** What a value is read as, or undefined where it is not what belongs there. JSON has no undefined of its own. */
type Reader<T> = (value: unknown) => T | undefined;
type Readers<T> = { [Name in keyof Required<T>]: Reader<Required<T>[Name]> };

const text =
  (max: number): Reader<string> =>
  (value) => {
    if (typeof value !== "string") return undefined;
    const trimmed = value.trim();
    return trimmed !== "" && trimmed.length <= max && trimmed.isWellFormed() ? trimmed : undefined;
  };

const exactWords =
  (max: number): Reader<string> =>
  (value) =>
    typeof value === "string" && value.trim() !== "" && value.length <= max && value.isWellFormed()
      ? value
      : undefined;

function list(entry: Reader<string>, min: number): Reader<string[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length < min || value.length > limits.permissionEntries)
      return undefined;
    const entries: string[] = [];
    for (const item of value) {
      const read = entry(item);
      if (read === undefined) return undefined;
      entries.push(read);
    }
    return entries;
  };
}

const truth: Reader<boolean> = (value) => (typeof value === "boolean" ? value : undefined);
const amount: Reader<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
const moment: Reader<string> = (value) => (isMoment(value) ? value : undefined);
const actions = list(text(limits.actionCharacters), 0);
const patterns = list(text(limits.patternCharacters), 1);

// What it does not know it does not pass over: it could be a constraint.
function object<T extends object>(readers: Readers<T>): Reader<Partial<T>> {
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const fields: Record<string, unknown> = {};
    for (const [name, given] of Object.entries(value)) {
      if (!Object.hasOwn(readers, name)) return undefined;
      const read: unknown = readers[name as keyof T](given);
      if (read === undefined) return undefined;
      fields[name] = read;
    }
    return fields as Partial<T>;
  };
}

const specOf = object<PermissionSpec>({
  action: text(limits.actionCharacters),
  resource: text(limits.resourceCharacters),
  description: text(limits.descriptionCharacters),
  scope: text(limits.scopeCharacters),
  notes: text(limits.descriptionCharacters),
  template: text(limits.templateCharacters),
  allowedActions: actions,
  blockedActions: actions,
  requiresApproval: truth,
  requireDifferentApprover: truth,
  constraints: object<Constraints>({
    maxAmount: amount,
    allowedVendors: list(text(limits.resourceCharacters), 1),
    expiresAt: moment,
    allowedPaths: patterns,
    deniedPaths: patterns,
    deniedCommands: list(exactWords(limits.patternCharacters), 1),
    allowedEnvironments: patterns,
    deniedEnvironments: patterns,
    allowedBranches: patterns,
    deniedBranches: patterns,
    allowedRepositories: patterns,
    deniedRepositories: patterns,
  }),
});

/**
 * The permission that a parsed JSON value says, or undefined for anything that `permissionSpecSchema` does not take
 * either: a test holds the two against each other. By hand, because every verify reads its permissions anew and
 * the schema, which is not compiled in a Worker, takes several times as long.
 */
export function readPermissionSpec(value: unknown): PermissionSpec | undefined {
  const spec = specOf(value);
  if (spec?.action === undefined) return undefined;
  return {
    allowedActions: [],
    blockedActions: [],
    requiresApproval: false,
    requireDifferentApprover: false,
    constraints: {},
    ...spec,
    action: spec.action,
  };
}
