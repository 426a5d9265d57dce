import { and, eq, sql } from "drizzle-orm";
import type { AccountId, SessionId, UserId } from "../contract/ids.ts";
import { type Member, type Role, rolesWith, type Workspace } from "../contract/people.ts";
import { database } from "./database.ts";
import { invitations, members, sessions, users } from "./people-schema.ts";
import { readRoles, writeRoles } from "./people.ts";
import { accounts, developerTokens } from "./schema.ts";

/** Everyone in the account, in the order in which they joined. */
export async function membersOf(d1: D1Database, accountId: AccountId): Promise<Member[]> {
  const rows = await database(d1)
    .select({ member: members, email: users.email, name: users.name })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(eq(members.organizationId, accountId))
    .orderBy(members.createdAt, members.id);
  return rows.map(memberFacts);
}

/** One person of the account, or nothing where they are not in it. */
export async function memberOf(
  d1: D1Database,
  accountId: AccountId,
  userId: UserId,
): Promise<Member | undefined> {
  const [row] = await database(d1)
    .select({ member: members, email: users.email, name: users.name })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.organizationId, accountId), eq(members.userId, userId)));
  return row && memberFacts(row);
}

/** Every account that somebody is in, in the order in which they joined. */
export async function workspacesOf(d1: D1Database, userId: UserId): Promise<Workspace[]> {
  const rows = await database(d1)
    .select({ accountId: accounts.id, name: accounts.name, role: members.role })
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.organizationId))
    .where(eq(members.userId, userId))
    .orderBy(members.createdAt, members.id);
  return rows.map(({ accountId, name, role }) => ({ accountId, name, roles: readRoles(role) }));
}

/** Moves a session of somebody's into another account of theirs. False where they are not in it. */
export async function enterWorkspace(
  d1: D1Database,
  userId: UserId,
  sessionId: SessionId,
  accountId: AccountId,
): Promise<boolean> {
  const isIn = sql`EXISTS (SELECT 1 FROM members WHERE account_id = ${accountId} AND user_id = ${userId})`;
  const { meta } = await database(d1)
    .update(sessions)
    .set({ activeOrganizationId: accountId })
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isIn));
  return meta.changes > 0;
}

function memberFacts(row: { member: typeof members.$inferSelect; email: string; name: string }): Member {
  return {
    userId: row.member.userId,
    email: row.email,
    name: row.name === "" ? null : row.name,
    roles: readRoles(row.member.role),
    joinedAt: row.member.createdAt.toISOString(),
  };
}

const isOwner = sql`',' || ${members.role} || ',' LIKE '%,owner,%'`;

// INVARIANT: looked at in the statement that makes the change. Two owners who put each other out at once
// would otherwise leave an account that nobody owns.
const anotherOwner = (accountId: AccountId, userId: UserId) =>
  sql`EXISTS (SELECT 1 FROM members other WHERE other.account_id = ${accountId}
    AND other.user_id <> ${userId} AND ',' || other.role || ',' LIKE '%,owner,%')`;

// INVARIANT: who makes a change is looked at in its statement, too. Somebody whose roles are being taken away would
// otherwise give them back to themselves, with a request that was let in a moment before.
const heldBy = (accountId: AccountId, by: UserId, ...roles: Role[]) =>
  sql`EXISTS (SELECT 1 FROM members by_whom JOIN json_each(${JSON.stringify(roles)}) held
    ON ',' || by_whom.role || ',' LIKE '%,' || held.value || ',%'
    WHERE by_whom.account_id = ${accountId} AND by_whom.user_id = ${by})`;

/** The member, where this change neither leaves the account without an owner nor touches one unduly. */
function changeable(
  accountId: AccountId,
  userId: UserId,
  by: UserId,
  { keepsOwner }: { keepsOwner: boolean },
) {
  return and(
    eq(members.organizationId, accountId),
    eq(members.userId, userId),
    sql`(NOT (${isOwner}) OR ${heldBy(accountId, by, "owner")})`,
    keepsOwner ? undefined : sql`(NOT (${isOwner}) OR ${anotherOwner(accountId, userId)})`,
  );
}

const managing = rolesWith("manage");

/** Gives a member these roles and no others. False when nobody was changed: see why with `memberOf`. */
export async function setRoles(
  d1: D1Database,
  accountId: AccountId,
  userId: UserId,
  roles: readonly Role[],
  by: UserId,
): Promise<boolean> {
  const makesOwner = roles.includes("owner");
  const changed = await database(d1)
    .update(members)
    .set({ role: writeRoles(roles) })
    .where(
      and(
        changeable(accountId, userId, by, { keepsOwner: makesOwner }),
        makesOwner ? heldBy(accountId, by, "owner") : heldBy(accountId, by, ...managing),
      ),
    );
  return changed.meta.changes > 0;
}

/**
 * Puts a member out of the account, and their developer tokens, their invitations and the sessions in it with them:
 * none of it may come back to life should they join again. False when nobody was put out.
 */
export async function removeMember(
  d1: D1Database,
  accountId: AccountId,
  userId: UserId,
  by: UserId,
): Promise<boolean> {
  const db = database(d1);
  const mayRemove = by === userId ? undefined : heldBy(accountId, by, ...managing);
  const isGone = sql`NOT EXISTS (SELECT 1 FROM members WHERE account_id = ${accountId} AND user_id = ${userId})`;
  const [removed] = await db.batch([
    db.delete(members).where(and(changeable(accountId, userId, by, { keepsOwner: false }), mayRemove)),
    db
      .delete(developerTokens)
      .where(and(eq(developerTokens.accountId, accountId), eq(developerTokens.userId, userId), isGone)),
    db
      .update(invitations)
      .set({ status: "canceled" })
      .where(
        and(
          eq(invitations.organizationId, accountId),
          eq(invitations.inviterId, userId),
          eq(invitations.status, "pending"),
          isGone,
        ),
      ),
    // A person who is in another account goes on there.
    db
      .update(sessions)
      .set({
        activeOrganizationId: sql`(SELECT account_id FROM members WHERE user_id = ${userId}
          ORDER BY created_at, id LIMIT 1)`,
      })
      .where(and(eq(sessions.userId, userId), eq(sessions.activeOrganizationId, accountId), isGone)),
  ]);
  return removed.meta.changes > 0;
}
