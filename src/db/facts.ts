import { idForm, type Id } from "../contract/id-forms.ts";
import type { AccountId, AgentId, PermissionId, UserId } from "../contract/ids.ts";
import type { PermissionSpec } from "../contract/permission.ts";
import { readPermissionSpec } from "../contract/read-permission.ts";
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

/** How many permissions that have ended a decision is explained with; of more, the newest. */
export const explainedEnded = 1000;

// One statement, prepared text: building it anew for each verify would cost more than running it. Every
// active permission for the action, and of those that are not, which only explain a refusal, the newest or as many as
// are shown. All of it is one column, an array without names: D1 turns each column into JSON by itself, and each costs
// more than what is in it.
const permissionArray = "json_array(p.id, p.status, p.created_at, json(p.spec))";
const permissionsFrom = `FROM permission_actions pa JOIN permissions p ON p.id = pa.permission_id
      WHERE pa.agent_id = a.id AND pa.action = ?2`;
const newestEnded = (limit: number) =>
  `${permissionsFrom} AND pa.is_active = 0 ORDER BY pa.created_at DESC LIMIT ${limit}`;
const factsWith = (ended: string) => `SELECT json_array(
    a.id, a.account_id, a.name, a.status, a.epoch, a.created_by, c.denial_memory_ms, c.pending_expiry_ms,
    json((SELECT json_group_array(${permissionArray}) ${permissionsFrom} AND pa.is_active = 1)),
    json((${ended}))) AS facts
  FROM agents a JOIN accounts c ON c.id = a.account_id`;

const withOne = factsWith(`SELECT json_array(${permissionArray}) ${newestEnded(1)}`);
// What has ended fails by that alone. So many of them whole would be more than D1 answers with: only what a trace says of
// them is read, and that they speak of the action.
const endedArray = `json_array(p.id, p.status, p.created_at, json_object('action', p.spec ->> 'action',
      'allowedActions', json_array(?2), 'requiresApproval', json(coalesce(p.spec -> 'requiresApproval', 'false'))))`;
const withMany = factsWith(`SELECT json_group_array(json(permission)) FROM (
      SELECT ${endedArray} AS permission ${newestEnded(explainedEnded)})`);
const ofKey = `JOIN agent_keys k ON k.agent_id = a.id
  WHERE k.hash = ?1 AND (k.expires_at IS NULL OR k.expires_at > ?3)`;
const byKey = `${withOne} ${ofKey}`;
const explainedByKey = `${withMany} ${ofKey}`;
const explainedByAgent = `${withMany} WHERE a.id = ?1 AND a.account_id = ?3`;

type FactsRow = { facts: string };

/** A permission in the decision's words. */
export function permissionFacts(
  permissionId: PermissionId,
  isActive: boolean,
  createdAt: number,
  spec: PermissionSpec,
): PermissionFacts {
  const { expiresAt, ...constraints } = spec.constraints;
  return {
    permissionId,
    status: isActive ? "active" : "revoked",
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

/** The same with every permission that a trace names: those too that have ended, `explainedEnded` of them. */
export async function explainedFactsByKey(
  db: D1Database,
  keyHash: string,
  action: string,
  now: number,
): Promise<VerifyFacts | undefined> {
  return factsIn(await db.prepare(explainedByKey).bind(keyHash, action, now).first<FactsRow>());
}

/** And that for an agent of the account, where it is not the agent that asks. */
export async function explainedFactsOfAgent(
  db: D1Database,
  accountId: AccountId,
  agentId: AgentId,
  action: string,
): Promise<VerifyFacts | undefined> {
  return factsIn(await db.prepare(explainedByAgent).bind(agentId, action, accountId).first<FactsRow>());
}

function factsIn(row: FactsRow | null): VerifyFacts | undefined {
  return row === null ? undefined : readFacts(JSON.parse(row.facts));
}

// Throws on anything but the array that the statement builds, and on one permission that is none, whatever else there
// is: no facts, no allow.
function readFacts(value: unknown): VerifyFacts {
  const [
    agentId,
    accountId,
    agentName,
    status,
    epoch,
    createdBy,
    denialMemoryMs,
    pendingExpiryMs,
    active,
    ended,
  ] = arrayOf(value, 10);
  // Of none that has ended, the statement for one gives null.
  const given = [active, ended ?? []];
  if (!given.every(Array.isArray)) throw notFacts("permissions");
  const permissions = given.flat().map(readPermission);
  return {
    agent: { agentId: idOf("agent", agentId), status: oneOf(["active", "disabled"], status) },
    permissions,
    accountId: idOf("account", accountId),
    agentName: textOf(agentName),
    createdBy: createdBy === null ? null : idOf("user", createdBy),
    epoch: numberOf(epoch),
    denialMemoryMs: numberOf(denialMemoryMs),
    pendingExpiryMs: numberOf(pendingExpiryMs),
  };
}

function readPermission(value: unknown): PermissionFacts {
  const [id, status, createdAt, spec] = arrayOf(value, 4);
  const said = readPermissionSpec(spec);
  if (said === undefined) throw notFacts("permission");
  const isActive = oneOf(["active", "revoked", "replaced"], status) === "active";
  return permissionFacts(idOf("permission", id), isActive, numberOf(createdAt), said);
}

const idForms = {
  agent: idForm("agent"),
  account: idForm("account"),
  user: idForm("user"),
  permission: idForm("permission"),
};

function idOf<Kind extends keyof typeof idForms>(kind: Kind, value: unknown): Id<Kind> {
  if (typeof value !== "string" || !idForms[kind].test(value)) throw notFacts(`${kind} id`);
  return value as Id<Kind>;
}

function oneOf<const T extends string>(known: readonly T[], value: unknown): T {
  const found = known.find((each) => each === value);
  if (found === undefined) throw notFacts("status");
  return found;
}

function numberOf(value: unknown): number {
  if (typeof value !== "number") throw notFacts("number");
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw notFacts("text");
  return value;
}

function arrayOf(value: unknown, length: number): unknown[] {
  if (!Array.isArray(value) || value.length !== length) throw notFacts("row");
  return value;
}

function notFacts(what: string): Error {
  return new Error(`The facts hold a ${what} that is none.`);
}
