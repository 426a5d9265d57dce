import { and, desc, eq, isNull, lte, or, sql } from "drizzle-orm";
import type { AccountId, SessionId, TokenId, UserId } from "../contract/ids.ts";
import type { Token } from "../contract/people.ts";
import { newId } from "../crypto/ids.ts";
import { database } from "./database.ts";
import { isSessionThere } from "./people.ts";
import { developerTokens, members } from "./schema.ts";

function tokenFacts(row: typeof developerTokens.$inferSelect): Token {
  return {
    tokenId: row.id,
    name: row.name,
    tokenPreview: row.preview,
    createdAt: new Date(row.createdAt).toISOString(),
    lastUsedAt: row.lastUsedAt === null ? null : new Date(row.lastUsedAt).toISOString(),
    userId: row.userId,
  };
}

/** The account's developer tokens, newest first; only one person's where a person is named. */
export async function tokensOf(d1: D1Database, accountId: AccountId, userId?: UserId): Promise<Token[]> {
  const rows = await database(d1)
    .select()
    .from(developerTokens)
    .where(
      and(
        eq(developerTokens.accountId, accountId),
        userId === undefined ? undefined : eq(developerTokens.userId, userId),
      ),
    )
    .orderBy(desc(developerTokens.createdAt), desc(developerTokens.id));
  return rows.map(tokenFacts);
}

/**
 * Keeps a new token's hash and preview; the token itself is its maker's to show, once. Undefined when they have
 * signed out or left the account since their request was let in: no token stays behind.
 */
export async function addToken(
  d1: D1Database,
  { accountId, userId, sessionId }: { accountId: AccountId; userId: UserId; sessionId: SessionId },
  token: { name: string; hash: string; preview: string },
  now: number,
): Promise<Token | undefined> {
  const row = { id: newId("token"), accountId, userId, ...token, createdAt: now, lastUsedAt: null };
  const isMember = sql`EXISTS (SELECT 1 FROM ${members} WHERE ${members.organizationId} = ${accountId}
    AND ${members.userId} = ${userId})`;
  const added = await database(d1)
    .insert(developerTokens)
    .select(
      sql`SELECT ${row.id}, ${row.hash}, ${accountId}, ${userId}, ${row.name}, ${row.preview}, ${now}, NULL
        WHERE ${isSessionThere(sessionId, userId)} AND ${isMember}`,
    );
  return added.meta.changes > 0 ? tokenFacts(row) : undefined;
}

/** Deletes a token of the account, of the named person where one is named. False when there is none. */
export async function deleteToken(
  d1: D1Database,
  accountId: AccountId,
  tokenId: TokenId,
  userId?: UserId,
): Promise<boolean> {
  const deleted = await database(d1)
    .delete(developerTokens)
    .where(
      and(
        eq(developerTokens.accountId, accountId),
        eq(developerTokens.id, tokenId),
        userId === undefined ? undefined : eq(developerTokens.userId, userId),
      ),
    );
  return deleted.meta.changes > 0;
}

/** How exact `lastUsedAt` is: a busy token costs one write in this many milliseconds, not one for each call. */
export const lastUsedMs = 60_000;

/** Notes that a token was used at `now`, unless that was noted less than `lastUsedMs` ago. */
export async function noteTokenUse(d1: D1Database, tokenId: TokenId, now: number): Promise<void> {
  await database(d1)
    .update(developerTokens)
    .set({ lastUsedAt: now })
    .where(
      and(
        eq(developerTokens.id, tokenId),
        or(isNull(developerTokens.lastUsedAt), lte(developerTokens.lastUsedAt, now - lastUsedMs)),
      ),
    );
}
