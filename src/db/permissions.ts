import { and, desc, eq, ne, type SQL, sql } from "drizzle-orm";
import type { AccountId, AgentId, PermissionId, UserId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { Permission, PermissionSpec } from "../contract/permission.ts";
import { newId } from "../crypto/ids.ts";
import { database, type Database } from "./database.ts";
import { eventOf } from "./outbox.ts";
import { agents, permissionActions, permissions } from "./schema.ts";

type PermissionRow = typeof permissions.$inferSelect;

function permissionOf(row: PermissionRow): Permission {
  return {
    permissionId: row.id,
    agentId: row.agentId,
    ...row.spec,
    status: row.status,
    replacedBy: row.replacedBy,
    createdAt: new Date(row.createdAt).toISOString(),
    revokedAt: row.revokedAt === null ? null : new Date(row.revokedAt).toISOString(),
  };
}

const maxListed = 1000;

/**
 * An agent's permissions, newest first: the active ones, and with `all` those that ended too. Of more than a
 * thousand the active ones are there, whatever came after them.
 */
export async function permissionsOfAgent(
  d1: D1Database,
  accountId: AccountId,
  agentId: AgentId,
  which: "active" | "all",
): Promise<Permission[]> {
  const db = database(d1);
  const newest = (standing: SQL, limit = maxListed) =>
    db
      .select()
      .from(permissions)
      .where(and(eq(permissions.agentId, agentId), eq(permissions.accountId, accountId), standing))
      .orderBy(desc(permissions.createdAt), desc(permissions.id))
      .limit(limit);
  const [active, ended] = await db.batch([
    newest(eq(permissions.status, "active")),
    newest(ne(permissions.status, "active"), which === "all" ? maxListed : 0),
  ]);
  const newestFirst = (a: PermissionRow, b: PermissionRow) =>
    b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
  return [...active, ...ended].slice(0, maxListed).toSorted(newestFirst).map(permissionOf);
}

/** One permission of the account. */
export async function permissionOfAccount(
  d1: D1Database,
  accountId: AccountId,
  permissionId: PermissionId,
): Promise<Permission | undefined> {
  const [row] = await database(d1)
    .select()
    .from(permissions)
    .where(and(eq(permissions.accountId, accountId), eq(permissions.id, permissionId)));
  return row && permissionOf(row);
}

type Author = { accountId: AccountId; userId: UserId };

// Made when `when` is true as the batch gets there; what belongs to it follows only what was made.
function insertion(
  db: Database,
  { accountId, userId }: Author,
  agentId: AgentId,
  permissionId: PermissionId,
  spec: PermissionSpec,
  now: number,
  when: SQL,
) {
  const isMade = sql`EXISTS (SELECT 1 FROM ${permissions} WHERE ${permissions.id} = ${permissionId})`;
  return [
    db.insert(permissions).select(sql`
      SELECT ${permissionId}, ${accountId}, ${agentId}, 'active', ${JSON.stringify(spec)}, NULL,
        ${userId}, ${now}, NULL, NULL WHERE ${when}`),
    // One bound value for any number of actions: D1 takes at most 100 of them in a statement.
    db.insert(permissionActions).select(sql`
      SELECT ${agentId}, value, 1, ${now}, ${permissionId}
      FROM json_each(${JSON.stringify(actionsOf(spec))}) WHERE ${isMade}`),
    eventOf(
      db,
      accountId,
      "permission.created",
      { permissionId, agentId, action: spec.action, requiresApproval: spec.requiresApproval },
      now,
      isMade,
    ),
  ] as const;
}

// Every permission for an action is a fact of each request for it, and D1 answers with 2 MB at most: more would leave
// the agent without any decision.
function crowdedAction(
  { accountId }: Author,
  agentId: AgentId,
  spec: PermissionSpec,
  replaced: PermissionId | null,
): SQL {
  const { permissionsForAction, permissionsForActionBytes } = limits;
  return sql`
    SELECT pa.action FROM permission_actions pa JOIN permissions p ON p.id = pa.permission_id
    WHERE pa.agent_id = ${agentId} AND pa.is_active = 1
      AND pa.action IN (SELECT value FROM json_each(${JSON.stringify(actionsOf(spec))}))
      AND p.account_id = ${accountId} AND p.id IS NOT ${replaced}
    GROUP BY pa.action
    HAVING count(*) >= ${permissionsForAction}
      OR sum(octet_length(p.spec)) + octet_length(${JSON.stringify(spec)}) > ${permissionsForActionBytes}
    LIMIT 1`;
}

/**
 * An action of the permission for which the agent has as many as it can have already, beside the one that it
 * replaces. Undefined where there is room.
 */
export async function actionWithoutRoom(
  d1: D1Database,
  author: Author,
  agentId: AgentId,
  spec: PermissionSpec,
  replaced: PermissionId | null,
): Promise<string | undefined> {
  const row = await database(d1).get<{ action: string } | undefined>(
    crowdedAction(author, agentId, spec, replaced),
  );
  return row?.action;
}

function actionsOf(spec: PermissionSpec): string[] {
  return [...new Set([spec.action, ...spec.allowedActions, ...spec.blockedActions])];
}

/** Gives an agent of the account a permission. Undefined when the account has no such agent, or it has no room. */
export async function createPermission(
  d1: D1Database,
  author: Author,
  agentId: AgentId,
  spec: PermissionSpec,
  now: number,
): Promise<PermissionId | undefined> {
  const db = database(d1);
  const permissionId = newId("permission");
  const isOurs = sql`EXISTS (SELECT 1 FROM ${agents} WHERE ${agents.id} = ${agentId}
    AND ${agents.accountId} = ${author.accountId})
    AND NOT EXISTS (${crowdedAction(author, agentId, spec, null)})`;
  const [made] = await db.batch(insertion(db, author, agentId, permissionId, spec, now, isOurs));
  return made.meta.changes > 0 ? permissionId : undefined;
}

function ending(
  db: Database,
  { accountId, userId }: Author,
  permission: { permissionId: PermissionId; agentId: AgentId },
  replacedBy: PermissionId | null,
  now: number,
  when: SQL = sql`1`,
) {
  const { permissionId, agentId } = permission;
  const isActive = and(
    eq(permissions.accountId, accountId),
    eq(permissions.id, permissionId),
    eq(permissions.status, "active"),
    when,
  );
  return [
    eventOf(
      db,
      accountId,
      "permission.revoked",
      { permissionId, agentId, ...(replacedBy === null ? {} : { replacedBy }) },
      now,
      sql`EXISTS (SELECT 1 FROM ${permissions} WHERE ${isActive})`,
    ),
    db
      .update(permissionActions)
      .set({ isActive: false })
      .where(and(eq(permissionActions.permissionId, permissionId), when)),
    db
      .update(permissions)
      .set({
        status: replacedBy === null ? "revoked" : "replaced",
        replacedBy,
        revokedBy: userId,
        revokedAt: now,
      })
      .where(isActive),
  ] as const;
}

/** Ends a permission of the account for good. False when it had ended before. */
export async function revokePermission(
  d1: D1Database,
  author: Author,
  permission: { permissionId: PermissionId; agentId: AgentId },
  now: number,
): Promise<boolean> {
  const db = database(d1);
  const [, , ended] = await db.batch(ending(db, author, permission, null, now));
  return ended.meta.changes > 0;
}

/**
 * Ends a permission and puts another in its place: in one transaction, so that at no moment both hold or
 * neither does. Undefined when it had ended before, or the agent has no room; then nothing is changed.
 */
export async function replacePermission(
  d1: D1Database,
  author: Author,
  permission: { permissionId: PermissionId; agentId: AgentId },
  spec: PermissionSpec,
  now: number,
): Promise<PermissionId | undefined> {
  const db = database(d1);
  const { permissionId, agentId } = permission;
  const successor = newId("permission");
  // Of two replacements at once only the first ends the old one, and only that one makes a new one.
  const hasEnded = sql`EXISTS (SELECT 1 FROM ${permissions} WHERE ${permissions.id} = ${permissionId}
    AND ${permissions.replacedBy} = ${successor})`;
  const hasRoom = sql`NOT EXISTS (${crowdedAction(author, agentId, spec, permissionId)})`;
  const results = await db.batch([
    ...ending(db, author, permission, successor, now, hasRoom),
    ...insertion(db, author, agentId, successor, spec, now, hasEnded),
  ]);
  return results[3].meta.changes > 0 ? successor : undefined;
}
