import { and, eq, sql } from "drizzle-orm";
import type { AccountId, UserId } from "../contract/ids.ts";
import type { Member, Role } from "../contract/people.ts";
import { database } from "./database.ts";
import { members, sessions, users } from "./people-schema.ts";
import { readRoles, writeRoles } from "./people.ts";
import { developerTokens } from "./schema.ts";

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

/** The member, where this change neither leaves the account without an owner nor touches one unduly. */
function changeable(
  accountId: AccountId,
  userId: UserId,
  { byOwner, keepsOwner }: { byOwner: boolean; keepsOwner: boolean },
) {
  return and(
    eq(members.organizationId, accountId),
    eq(members.userId, userId),
    byOwner ? undefined : sql`NOT (${isOwner})`,
    keepsOwner ? undefined : sql`(NOT (${isOwner}) OR ${anotherOwner(accountId, userId)})`,
  );
}

/** Gives a member these roles and no others. False when nobody was changed: see why with `memberOf`. */
export async function setRoles(
  d1: D1Database,
  accountId: AccountId,
  userId: UserId,
  roles: readonly Role[],
  byOwner: boolean,
): Promise<boolean> {
  const keepsOwner = roles.includes("owner");
  const changed = await database(d1)
    .update(members)
    .set({ role: writeRoles(roles) })
    .where(changeable(accountId, userId, { byOwner, keepsOwner }));
  return changed.meta.changes > 0;
}

/**
 * Puts a member out of the account, and their developer tokens and the sessions in it with them: none of it
 * may come back to life should they join again. False when nobody was put out.
 */
export async function removeMember(
  d1: D1Database,
  accountId: AccountId,
  userId: UserId,
  byOwner: boolean,
): Promise<boolean> {
  const db = database(d1);
  const isGone = sql`NOT EXISTS (SELECT 1 FROM members WHERE account_id = ${accountId} AND user_id = ${userId})`;
  const [removed] = await db.batch([
    db.delete(members).where(changeable(accountId, userId, { byOwner, keepsOwner: false })),
    db
      .delete(developerTokens)
      .where(and(eq(developerTokens.accountId, accountId), eq(developerTokens.userId, userId), isGone)),
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
