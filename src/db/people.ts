import { and, desc, eq, gt, lte, ne, type SQL, sql } from "drizzle-orm";
import type { AccountId, SessionId, TokenId, UserId } from "../contract/ids.ts";
import { type Role, roleSchema, type Session, type User } from "../contract/people.ts";
import { database } from "./database.ts";
import {
  accounts,
  deviceCodes,
  identities,
  members,
  sessions,
  signInChallenges,
  users,
  verifications,
} from "./people-schema.ts";

/** A person's place in an account, as it is at this moment. */
export type Membership = { accountId: AccountId; roles: Role[] };

/** What better-auth calls the identity of someone who signs in with a password. */
export const passwordProvider = "credential";

/** The roles in a stored list. A word that is no role of ours grants nothing. */
export function readRoles(stored: string | null): Role[] {
  return (stored ?? "").split(",").flatMap((name) => roleSchema.safeParse(name).data ?? []);
}

/** Roles as they are stored; `readRoles` reads them back. */
export function writeRoles(roles: readonly Role[]): string {
  return roles.join(",");
}

// Membership is read with every request and kept nowhere, so a role that was taken away is gone at once.
const sessionStatement = `
  SELECT s.id AS sessionId, s.user_id AS userId, m.account_id AS accountId, m.role
  FROM sessions s LEFT JOIN members m ON m.account_id = s.active_account_id AND m.user_id = s.user_id
  WHERE s.token = ?1 AND s.expires_at > ?2`;

/** Whose living session has this token: one D1 statement. */
export async function sessionByToken(
  d1: D1Database,
  token: string,
  now: number,
): Promise<{ sessionId: SessionId; userId: UserId; membership: Membership | undefined } | undefined> {
  const row = await d1.prepare(sessionStatement).bind(token, now).first<{
    sessionId: SessionId;
    userId: UserId;
    accountId: AccountId | null;
    role: string | null;
  }>();
  if (row === null) return undefined;
  const { sessionId, userId, accountId, role } = row;
  return {
    sessionId,
    userId,
    membership: accountId === null ? undefined : { accountId, roles: readRoles(role) },
  };
}

const tokenStatement = `
  SELECT t.id AS tokenId, t.user_id AS userId, t.account_id AS accountId, t.last_used_at AS lastUsedAt, m.role
  FROM developer_tokens t JOIN members m ON m.account_id = t.account_id AND m.user_id = t.user_id
  WHERE t.hash = ?1`;

/** Whose developer token has this hash, unless they left its account: one D1 statement. */
export async function personByToken(
  d1: D1Database,
  hash: string,
): Promise<
  { tokenId: TokenId; userId: UserId; membership: Membership; lastUsedAt: number | null } | undefined
> {
  const row = await d1.prepare(tokenStatement).bind(hash).first<{
    tokenId: TokenId;
    userId: UserId;
    accountId: AccountId;
    lastUsedAt: number | null;
    role: string;
  }>();
  if (row === null) return undefined;
  const { tokenId, userId, accountId, lastUsedAt, role } = row;
  return { tokenId, userId, lastUsedAt, membership: { accountId, roles: readRoles(role) } };
}

/** A person, and their place in the account when it is named and they are in it. */
export async function userById(
  d1: D1Database,
  userId: UserId,
  accountId: AccountId | undefined,
): Promise<User | undefined> {
  const [row] = await database(d1)
    .select({ user: users, role: members.role, accountId: accounts.id, accountName: accounts.name })
    .from(users)
    .leftJoin(members, and(eq(members.userId, users.id), eq(members.organizationId, accountId ?? sql`NULL`)))
    .leftJoin(accounts, eq(accounts.id, members.organizationId))
    .where(eq(users.id, userId));
  if (row === undefined) return undefined;
  return {
    userId: row.user.id,
    email: row.user.email,
    name: row.user.name === "" ? null : row.user.name,
    createdAt: row.user.createdAt.toISOString(),
    emailVerified: row.user.emailVerified,
    account:
      row.accountId === null || row.accountName === null
        ? null
        : { accountId: row.accountId, name: row.accountName, roles: readRoles(row.role) },
  };
}

/** The account that a new session starts in: the one that the person joined first. */
export async function firstAccountOf(d1: D1Database, userId: UserId): Promise<AccountId | undefined> {
  const [row] = await database(d1)
    .select({ accountId: members.organizationId })
    .from(members)
    .where(eq(members.userId, userId))
    .orderBy(members.createdAt, members.id)
    .limit(1);
  return row?.accountId;
}

/** The stored hash of a person's password. */
export async function passwordHashOf(d1: D1Database, userId: UserId): Promise<string | null | undefined> {
  const [row] = await database(d1)
    .select({ password: identities.password })
    .from(identities)
    .where(and(eq(identities.userId, userId), eq(identities.providerId, passwordProvider)));
  return row?.password;
}

/** The same beside a row whose column `userId`, named with its table, says whose. */
export function passwordHashBeside(userId: `${string}.user_id`) {
  return sql<string | null>`(SELECT password FROM identities i
    WHERE i.user_id = ${sql.raw(userId)} AND i.provider_id = ${passwordProvider})`;
}

/**
 * Whether this session of this person is still there, as a condition in SQL: for what would outlast a session that
 * has ended since its request was let in.
 */
export function isSessionThere(sessionId: SessionId, userId: UserId): SQL {
  return sql`EXISTS (SELECT 1 FROM sessions present WHERE present.id = ${sessionId} AND present.user_id = ${userId})`;
}

/**
 * Sets a password and ends what the old one opened, in one batch: every session but the one that it was changed
 * in, sign-ins that wait for a second factor, and sign-ins on devices. Gives the accounts that sessions were in;
 * undefined when the one that it is changed in has ended.
 */
export async function changePassword(
  d1: D1Database,
  userId: UserId,
  passwordHash: string,
  kept: SessionId,
  now: number,
): Promise<AccountId[] | undefined> {
  const db = database(d1);
  const isKept = isSessionThere(kept, userId);
  const [set, ended] = await db.batch([
    db
      .update(identities)
      .set({ password: passwordHash, updatedAt: new Date(now) })
      .where(and(eq(identities.userId, userId), eq(identities.providerId, passwordProvider), isKept)),
    db
      .delete(sessions)
      .where(and(eq(sessions.userId, userId), ne(sessions.id, kept), isKept))
      .returning({ accountId: sessions.activeOrganizationId }),
    db.delete(signInChallenges).where(and(eq(signInChallenges.userId, userId), isKept)),
    db.delete(deviceCodes).where(and(eq(deviceCodes.userId, userId), isKept)),
  ]);
  if (set.meta.changes === 0) return undefined;
  return [...new Set(ended.flatMap(({ accountId }) => accountId ?? []))];
}

/** The person's living sessions, newest first. */
export async function sessionsOf(
  d1: D1Database,
  userId: UserId,
  current: SessionId,
  now: number,
): Promise<Session[]> {
  const rows = await database(d1)
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, new Date(now))))
    .orderBy(desc(sessions.createdAt), desc(sessions.id));
  return rows.map((row) => ({
    sessionId: row.id,
    isCurrent: row.id === current,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    ipAddress: row.ipAddress === "" ? null : row.ipAddress,
    userAgent: row.userAgent === "" ? null : row.userAgent,
  }));
}

/** A session that has ended, and the account that it was in. */
export type EndedSession = { accountId: AccountId | null };

/** Ends a session of this person. Undefined when they have none of that id. */
export async function endSession(
  d1: D1Database,
  userId: UserId,
  sessionId: SessionId,
): Promise<EndedSession | undefined> {
  const [ended] = await database(d1)
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.id, sessionId)))
    .returning({ accountId: sessions.activeOrganizationId });
  return ended;
}

/** Ends the session with this token, whoever has it. */
export async function endSessionByToken(d1: D1Database, token: string): Promise<EndedSession | undefined> {
  const [ended] = await database(d1)
    .delete(sessions)
    .where(eq(sessions.token, token))
    .returning({ accountId: sessions.activeOrganizationId });
  return ended;
}

/**
 * Clears away sessions, codes, challenges and links that are over. They open nothing; this only keeps the tables
 * small.
 */
export async function sweepSignIns(d1: D1Database, now: number): Promise<void> {
  const db = database(d1);
  await db.batch([
    db.delete(sessions).where(lte(sessions.expiresAt, new Date(now))),
    db.delete(deviceCodes).where(lte(deviceCodes.expiresAt, now)),
    db.delete(signInChallenges).where(lte(signInChallenges.expiresAt, now)),
    db.delete(verifications).where(lte(verifications.expiresAt, new Date(now))),
  ]);
}
