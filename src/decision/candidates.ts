import type { PermissionFacts } from "./facts.ts";

/**
 * The permissions that have something to say about an action: it is their own, or they allow it or block it
 * besides. Names compare exactly. Newest first, so that nothing depends on the order of the facts.
 */
export function candidatesFor(action: string, permissions: readonly PermissionFacts[]): PermissionFacts[] {
  return permissions
    .filter(
      (permission) =>
        permission.action === action ||
        permission.allowedActions.includes(action) ||
        permission.blockedActions.includes(action),
    )
    .toSorted(newestFirst);
}

function newestFirst(a: PermissionFacts, b: PermissionFacts): number {
  if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt ? -1 : 1;
  if (a.permissionId === b.permissionId) return 0;
  return a.permissionId < b.permissionId ? -1 : 1;
}
