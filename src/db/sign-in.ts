import { and, eq, gt, lt, sql } from "drizzle-orm";
import type { UserId } from "../contract/ids.ts";
import { challengeAttempts, challengeMs } from "../contract/sign-in.ts";
import { database } from "./database.ts";
import { identities, signInChallenges, twoFactors, users } from "./people-schema.ts";
import { passwordProvider } from "./people.ts";

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

/** Keeps a sign-in whose password was right until its second factor comes. Gives when it ends. */
export async function openChallenge(
  d1: D1Database,
  hash: string,
  userId: UserId,
  now: number,
): Promise<number> {
  const expiresAt = now + challengeMs;
  await database(d1).insert(signInChallenges).values({ hash, userId, expiresAt });
  return expiresAt;
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

/** Ends a challenge that was met. False when it is gone: of two who come at once, one signs in. */
export async function redeemChallenge(d1: D1Database, hash: string, now: number): Promise<boolean> {
  const gone = await database(d1).delete(signInChallenges).where(isLiving(hash, now));
  return gone.meta.changes > 0;
}
