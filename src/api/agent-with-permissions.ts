import type { Agent } from "../contract/agent.ts";
import type { AccountId, AgentId } from "../contract/ids.ts";
import type { Permission } from "../contract/permission.ts";
import { agentOfAccount } from "../db/agents.ts";
import { permissionsOfAgent } from "../db/permissions.ts";
import type { AppContext } from "./context.ts";
import { Problem } from "./problem.ts";

/** An agent of the account, as the wire shows it. Throws NOT_FOUND for any other. */
export async function agentIn(c: AppContext, accountId: AccountId, agentId: AgentId): Promise<Agent> {
  const found = await agentOfAccount(c.env.DB, accountId, agentId, c.var.now);
  if (found === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such agent." });
  return found;
}

/** An agent of the account with all its permissions, or with those that are active now. */
export async function agentWithPermissions(
  c: AppContext,
  accountId: AccountId,
  agentId: AgentId,
  which: "active" | "all",
): Promise<{ agent: Agent; permissions: Permission[] }> {
  const [agent, permissions] = await Promise.all([
    agentIn(c, accountId, agentId),
    permissionsOfAgent(c.env.DB, accountId, agentId, which),
  ]);
  const shown = permissions.map((permission) => asOf(permission, c.var.now));
  return { agent, permissions: which === "all" ? shown : shown.filter(({ status }) => status === "active") };
}

// Nothing is written when the time of a permission is over.
function asOf(permission: Permission, now: number): Permission {
  const { expiresAt } = permission.constraints;
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) <= now;
  return isOver && permission.status === "active" ? { ...permission, status: "expired" } : permission;
}
