import type { Constraints } from "../contract/permission.ts";
import { hasMeaning } from "./glob.ts";
import { hasMeaningAsPath } from "./path-lists.ts";

const readable: Partial<Record<keyof Constraints, (entry: string) => boolean>> = {
  allowedPaths: (entry) => hasMeaningAsPath(entry, "allow"),
  deniedPaths: (entry) => hasMeaningAsPath(entry, "deny"),
  allowedEnvironments: hasMeaning,
  deniedEnvironments: hasMeaning,
  allowedBranches: hasMeaning,
  deniedBranches: hasMeaning,
  allowedRepositories: hasMeaning,
  deniedRepositories: hasMeaning,
};

/**
 * The entries of a permission's lists that are globs without one safe meaning, by field and place. Such an entry
 * allows nothing and denies everything, which is safe and not what its owner meant.
 */
export function unreadableEntries(constraints: Constraints): { field: keyof Constraints; index: number }[] {
  return (Object.keys(readable) as (keyof typeof readable)[]).flatMap((field) => {
    const entries = constraints[field];
    const isReadable = readable[field];
    if (!Array.isArray(entries) || isReadable === undefined) return [];
    return entries.flatMap((entry, index) => (isReadable(entry) ? [] : [{ field, index }]));
  });
}
