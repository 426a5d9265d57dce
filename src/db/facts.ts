import * as z from "zod";
import type { AccountId, AgentId, PermissionId, UserId } from "../contract/ids.ts";
import { permissionSpecSchema } from "../contract/permission.ts";
import type { Facts, PermissionFacts } from "../decision/facts.ts";

/** What one verify needs to know beyond the decision itself. Times are epoch or plain milliseconds. */
export type VerifyFacts = Facts & {
  accountId: AccountId;
  agentName: string;
  /** The person who created the agent, who may be barred from approving for it. */
  createdBy: UserId | null;
  epoch: number;
  denialMemoryMs: number;
  pendingExpiryMs: number;
};

// One statement, prepared text: building it anew for each verify would cost more than running it. Every
// active permission for the action, and the newest that is not active, which only explains a refusal.
const factsColumns = `
    a.id AS agentId, a.account_id AS accountId, a.name AS agentName,
    a.status AS agentStatus, a.epoch, a.created_by AS createdBy,
    c.denial_memory_ms AS denialMemoryMs, c.pending_expiry_ms AS pendingExpiryMs,
    (SELECT json_group_array(json_object(
        'id', p.id, 'status', p.status, 'createdAt', p.created_at, 'spec', json(p.spec)))
      FROM permission_actions pa JOIN permissions p ON p.id = pa.permission_id
      WHERE pa.agent_id = a.id AND pa.action = ?2 AND pa.is_active = 1) AS active,
    (SELECT json_object('id', p.id, 'status', p.status, 'createdAt', p.created_at, 'spec', json(p.spec))
      FROM permission_actions pa JOIN permissions p ON p.id = pa.permission_id
      WHERE pa.agent_id = a.id AND pa.action = ?2 AND pa.is_active = 0
      ORDER BY pa.created_at DESC LIMIT 1) AS newestEnded
  FROM agents a JOIN accounts c ON c.id = a.account_id`;

const byKey = `SELECT ${factsColumns}
  JOIN agent_keys k ON k.agent_id = a.id
  WHERE k.hash = ?1 AND (k.expires_at IS NULL OR k.expires_at > ?3)`;

const byAgent = `SELECT ${factsColumns}
  WHERE a.id = ?1 AND a.account_id = ?3`;

const permissionRow = z.object({
  id: z.custom<PermissionId>((value) => typeof value === "string"),
  status: z.enum(["active", "revoked", "replaced"]),
  createdAt: z.number(),
  spec: permissionSpecSchema,
});

type FactsRow = {
  agentId: AgentId;
  accountId: AccountId;
  agentName: string;
  agentStatus: "active" | "disabled";
  epoch: number;
  createdBy: UserId | null;
  denialMemoryMs: number;
  pendingExpiryMs: number;
  active: string;
  newestEnded: string | null;
};

/** A stored permission in the decision's words. Throws on a row that is not a permission: no facts, no allow. */
export function permissionFacts(row: z.input<typeof permissionRow>): PermissionFacts {
  const { id, status, createdAt, spec } = permissionRow.parse(row);
  const { expiresAt, ...constraints } = spec.constraints;
  return {
    permissionId: id,
    status: status === "active" ? "active" : "revoked",
    action: spec.action,
    resource: spec.resource,
    allowedActions: spec.allowedActions,
    blockedActions: spec.blockedActions,
    requiresApproval: spec.requiresApproval,
    requireDifferentApprover: spec.requireDifferentApprover,
    constraints,
    expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
    createdAt,
  };
}

/**
 * The facts that a request for `action` is decided on, by the hash of the agent's key: one D1 statement.
 * Undefined when no living key has that hash.
 */
export async function factsByKey(
  db: D1Database,
  keyHash: string,
  action: string,
  now: number,
): Promise<VerifyFacts | undefined> {
  return factsIn(await db.prepare(byKey).bind(keyHash, action, now).first<FactsRow>());
}

/** The same for an agent of the account, where it is not the agent that asks. */
export async function factsOfAgent(
  db: D1Database,
  accountId: AccountId,
  agentId: AgentId,
  action: string,
): Promise<VerifyFacts | undefined> {
  return factsIn(await db.prepare(byAgent).bind(agentId, action, accountId).first<FactsRow>());
}

function factsIn(row: FactsRow | null): VerifyFacts | undefined {
  if (row === null) return undefined;
  const stored = JSON.parse(row.active) as z.input<typeof permissionRow>[];
  if (row.newestEnded !== null) stored.push(JSON.parse(row.newestEnded));
  return {
    agent: { agentId: row.agentId, status: row.agentStatus },
    permissions: stored.map(permissionFacts),
    accountId: row.accountId,
    agentName: row.agentName,
    createdBy: row.createdBy,
    epoch: row.epoch,
    denialMemoryMs: row.denialMemoryMs,
    pendingExpiryMs: row.pendingExpiryMs,
  };
}
