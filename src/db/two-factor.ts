import { and, eq, isNull } from "drizzle-orm";
import type { UserId } from "../contract/ids.ts";
import type { TwoFactor } from "../contract/sign-in.ts";
import { database } from "./database.ts";
import { recoveryCodes, twoFactors } from "./people-schema.ts";

/** Beyond the attempts of one challenge: whoever has the password can open challenges without end. */
export const failuresUntilLocked = 10;
export const lockedMs = 15 * 60_000;

/** Whether a second factor guards somebody, since when, and how many recovery codes are left. Never the secret. */
export async function twoFactorOf(d1: D1Database, userId: UserId): Promise<TwoFactor> {
  const db = database(d1);
  const [[row], codes] = await db.batch([
    db.select().from(twoFactors).where(eq(twoFactors.userId, userId)),
    db.select({ hash: recoveryCodes.hash }).from(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
  ]);
  const confirmedAt = row?.confirmedAt ?? null;
  return {
    enabled: confirmedAt !== null,
    confirmedAt: confirmedAt === null ? null : new Date(confirmedAt).toISOString(),
    recoveryCodesLeft: codes.length,
  };
}

/** Keeps a secret until a code of it confirms it, in the place of an earlier one. False when one is confirmed. */
export async function beginTwoFactor(
  d1: D1Database,
  userId: UserId,
  sealed: string,
  now: number,
): Promise<boolean> {
  const begun = await database(d1)
    .insert(twoFactors)
    .values({ userId, secret: sealed, createdAt: now })
    .onConflictDoUpdate({
      target: twoFactors.userId,
      set: { secret: sealed, createdAt: now },
      setWhere: isNull(twoFactors.confirmedAt),
    });
  return begun.meta.changes > 0;
}

/** The sealed secret that waits for its first code. */
export async function unconfirmedSecret(d1: D1Database, userId: UserId): Promise<string | undefined> {
  const [row] = await database(d1)
    .select({ secret: twoFactors.secret })
    .from(twoFactors)
    .where(and(eq(twoFactors.userId, userId), isNull(twoFactors.confirmedAt)));
  return row?.secret;
}

/** Has this secret asked for from now on, with these recovery codes. False when it is not the one that waits. */
export async function confirmTwoFactor(
  d1: D1Database,
  userId: UserId,
  sealed: string,
  { step, codeHashes }: { step: number; codeHashes: readonly string[] },
  now: number,
): Promise<boolean> {
  const waiting = "FROM two_factors WHERE user_id = ?1 AND secret = ?2 AND confirmed_at IS NULL";
  const results = await d1.batch([
    d1
      .prepare(`DELETE FROM recovery_codes WHERE user_id = ?1 AND EXISTS (SELECT 1 ${waiting})`)
      .bind(userId, sealed),
    d1
      .prepare(
        `INSERT INTO recovery_codes (hash, user_id) SELECT value, ?1 FROM json_each(?3)
         WHERE EXISTS (SELECT 1 ${waiting})`,
      )
      .bind(userId, sealed, JSON.stringify(codeHashes)),
    d1
      .prepare(
        `UPDATE two_factors SET confirmed_at = ?3, last_step = ?4, failures = 0, locked_until = 0
         WHERE user_id = ?1 AND secret = ?2 AND confirmed_at IS NULL`,
      )
      .bind(userId, sealed, now, step),
  ]);
  return (results[2]?.meta.changes ?? 0) > 0;
}

/**
 * Takes an attempt at someone's code and gives the sealed secret to check it with. `locked` after too many wrong
 * ones. INVARIANT: the attempt is counted in the statement that gives the secret; guesses that come at once are
 * all counted.
 */
export async function takeAttempt(
  d1: D1Database,
  userId: UserId,
  now: number,
): Promise<{ sealed: string } | "locked" | "none"> {
  const results = await d1.batch<{ secret: string; lockedUntil: number }>([
    d1
      .prepare(
        `SELECT secret, locked_until AS lockedUntil FROM two_factors
         WHERE user_id = ?1 AND confirmed_at IS NOT NULL`,
      )
      .bind(userId),
    d1
      .prepare(
        `UPDATE two_factors SET
           locked_until = CASE WHEN failures + 1 >= ${failuresUntilLocked} THEN ?2 + ${lockedMs} ELSE locked_until END,
           failures = CASE WHEN failures + 1 >= ${failuresUntilLocked} THEN 0 ELSE failures + 1 END
         WHERE user_id = ?1 AND confirmed_at IS NOT NULL AND locked_until <= ?2`,
      )
      .bind(userId, now),
  ]);
  const row = results[0]?.results[0];
  if (row === undefined) return "none";
  return row.lockedUntil > now ? "locked" : { sealed: row.secret };
}

/** Takes the code of a time step. False when it, or a later one, was taken before. */
export async function takeStep(
  d1: D1Database,
  userId: UserId,
  sealed: string,
  step: number,
): Promise<boolean> {
  const taken = await d1
    .prepare(
      `UPDATE two_factors SET last_step = ?3, failures = 0, locked_until = 0
       WHERE user_id = ?1 AND secret = ?2 AND confirmed_at IS NOT NULL AND last_step < ?3`,
    )
    .bind(userId, sealed, step)
    .run();
  return taken.meta.changes > 0;
}

/** Spends a recovery code. False when there is none such, or it was spent. */
export async function spendRecoveryCode(d1: D1Database, userId: UserId, hash: string): Promise<boolean> {
  const spent = await database(d1)
    .delete(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.hash, hash)));
  return spent.meta.changes > 0;
}

/** Has no code asked for any more. False when none was. */
export async function endTwoFactor(d1: D1Database, userId: UserId): Promise<boolean> {
  const db = database(d1);
  const [ended] = await db.batch([
    db.delete(twoFactors).where(eq(twoFactors.userId, userId)),
    db.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)),
  ]);
  return ended.meta.changes > 0;
}
