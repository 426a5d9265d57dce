import { and, eq, gt, lt, sql } from "drizzle-orm";
import type { UserId } from "../contract/ids.ts";
import { challengeAttempts, challengeMs } from "../contract/sign-in.ts";
import { database } from "./database.ts";
import { identities, signInChallenges, twoFactors, users } from "./people-schema.ts";
import { passwordHashBeside, passwordProvider } from "./people.ts";

export type Credentials = {
  userId: UserId;
  passwordHash: string | null;
  emailVerified: boolean;
  hasTwoFactor: boolean;
};

/** What signing in with this address takes. Undefined when nobody has it. */
export async function credentialsOf(d1: D1Database, email: string): Promise<Credentials | undefined> {
  const [row] = await database(d1)
    .select({
      userId: users.id,
      passwordHash: identities.password,
      emailVerified: users.emailVerified,
      confirmedAt: twoFactors.confirmedAt,
    })
    .from(users)
    .leftJoin(identities, and(eq(identities.userId, users.id), eq(identities.providerId, passwordProvider)))
    .leftJoin(twoFactors, eq(twoFactors.userId, users.id))
    .where(eq(users.email, email));
  if (row === undefined) return undefined;
  const { confirmedAt, ...credentials } = row;
  return { ...credentials, hasTwoFactor: confirmedAt !== null };
}

// Of the user whose id the column in front names.
const hasPassword = "IN (SELECT user_id FROM identities WHERE provider_id = ?2 AND password = ?3)";

/**
 * Keeps a sign-in whose password was right until its second factor comes. Gives when it ends; undefined when the
 * password has changed since it was looked at.
 */
export async function openChallenge(
  d1: D1Database,
  hash: string,
  { userId, passwordHash }: { userId: UserId; passwordHash: string },
  now: number,
): Promise<number | undefined> {
  const expiresAt = now + challengeMs;
  const opened = await d1
    .prepare(
      `INSERT INTO sign_in_challenges (hash, user_id, expires_at) SELECT ?1, ?4, ?5 WHERE ?4 ${hasPassword}`,
    )
    .bind(hash, passwordProvider, passwordHash, userId, expiresAt)
    .run();
  return opened.meta.changes > 0 ? expiresAt : undefined;
}

/** Ends the session that has this token unless its person's password is still the one of this hash. True when it did. */
export async function endUnlessPassword(
  d1: D1Database,
  token: string,
  passwordHash: string | null,
): Promise<boolean> {
  const ended = await d1
    .prepare(`DELETE FROM sessions WHERE token = ?1 AND NOT user_id ${hasPassword}`)
    .bind(token, passwordProvider, passwordHash)
    .run();
  return ended.meta.changes > 0;
}

const isLiving = (hash: string, now: number) =>
  and(eq(signInChallenges.hash, hash), gt(signInChallenges.expiresAt, now));

/**
 * Counts an attempt at a challenge and says whose it is. Undefined when it is unknown, over or has had its
 * attempts. Counted before the code is looked at, so that guesses sent at once are as few as those in a row.
 */
export async function attemptChallenge(
  d1: D1Database,
  hash: string,
  now: number,
): Promise<UserId | undefined> {
  const [row] = await database(d1)
    .update(signInChallenges)
    .set({ attempts: sql`${signInChallenges.attempts} + 1` })
    .where(and(isLiving(hash, now), lt(signInChallenges.attempts, challengeAttempts)))
    .returning({ userId: signInChallenges.userId });
  return row?.userId;
}

/**
 * Ends a challenge that was met, and gives the hash of the password that it stands for. Undefined when it is gone: of
 * two who come at once, one signs in.
 */
export async function redeemChallenge(
  d1: D1Database,
  hash: string,
  now: number,
): Promise<{ passwordHash: string | null } | undefined> {
  const [gone] = await database(d1)
    .delete(signInChallenges)
    .where(isLiving(hash, now))
    .returning({ passwordHash: passwordHashBeside("sign_in_challenges.user_id") });
  return gone;
}
