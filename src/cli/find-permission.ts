import type { Permission } from "../contract/permission.ts";
import type { BehalfID } from "../sdk/client.ts";
import type { Context } from "./context.ts";
import { UserError } from "./failure.ts";

/** The agent and the permission that were named, in either order; the agent may be the configured one. */
export function namedPermission(
  context: Context,
  ids: readonly string[],
  usage: string,
): { agentId: string; permissionId: string } {
  const permissionIds = ids.filter((id) => id.startsWith("perm_"));
  const others = ids.filter((id) => !id.startsWith("perm_"));
  const [permissionId] = permissionIds;
  if (permissionId === undefined || permissionIds.length > 1 || others.length > 1)
    throw new UserError("Which permission?", `Type: ${usage}`);
  return { agentId: context.agentId(others[0]), permissionId };
}

/** One permission of an agent. */
export async function findPermission(
  client: BehalfID,
  { agentId, permissionId }: { agentId: string; permissionId: string },
  signal: AbortSignal,
): Promise<Permission> {
  const permissions = await client.permissions.list(agentId, { signal });
  const found = permissions.find((each) => each.permissionId === permissionId);
  if (found !== undefined) return found;
  throw new UserError(
    `${agentId} has no permission ${permissionId}.`,
    `See which it has: behalf permissions list ${agentId}`,
  );
}
