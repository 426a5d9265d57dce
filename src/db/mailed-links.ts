import type { AccountId, UserId } from "../contract/ids.ts";
import { passwordProvider } from "./people.ts";

/** What the link in a mail is good for. */
export type LinkPurpose = "reset-password" | "verify-email";

// An address must not be flooded with our mails, nor may whoever asks for many of them kill the link on its way.
const pauseMs = 60_000;
const maxLiving = 5;

const living = "FROM verifications WHERE id = ?1 AND identifier = ?2 || ':' || value AND expires_at > ?3";

/** Opens a link by the hash of its token. False when too many were opened lately: then no mail is to be sent. */
export async function openLink(
  d1: D1Database,
  purpose: LinkPurpose,
  userId: UserId,
  hash: string,
  lifeMs: number,
  now: number,
): Promise<boolean> {
  const opened = await d1
    .prepare(
      `INSERT INTO verifications (id, identifier, value, expires_at, created_at, updated_at)
       SELECT ?1, ?2, ?3, ?4, ?5, ?5
       WHERE (SELECT count(*) FROM verifications WHERE identifier = ?2 AND expires_at > ?5) < ${maxLiving}
         AND NOT EXISTS (SELECT 1 FROM verifications WHERE identifier = ?2 AND created_at > ?5 - ${pauseMs})`,
    )
    .bind(hash, `${purpose}:${userId}`, userId, now + lifeMs, now)
    .run();
  return opened.meta.changes > 0;
}

/** Whether a link still works. Asked before a password is hashed for it; the answer is given again when it is spent. */
export async function isLivingLink(
  d1: D1Database,
  purpose: LinkPurpose,
  hash: string,
  now: number,
): Promise<boolean> {
  return (await d1.prepare(`SELECT 1 ${living}`).bind(hash, purpose, now).first()) !== null;
}

/**
 * Sets the password of whoever has this link, and ends everything that the old one opened: sessions, sign-ins that
 * wait for a second factor, and sign-ins on devices. Gives the accounts that sessions were in; undefined when the
 * link does not work.
 *
 * INVARIANT: one batch, which D1 runs alone, and the link goes with it: of two who spend it at once the second
 * finds nothing.
 */
export async function resetPassword(
  d1: D1Database,
  hash: string,
  passwordHash: string,
  now: number,
): Promise<AccountId[] | undefined> {
  const whose = `(SELECT value ${living})`;
  const statement = (sql: string, ...more: (string | number)[]) =>
    d1.prepare(sql).bind(hash, "reset-password", now, ...more);
  const results = await d1.batch<{ accountId: AccountId | null }>([
    statement(
      `UPDATE identities SET password = ?4, updated_at = ?3 WHERE provider_id = ?5 AND user_id = ${whose}`,
      passwordHash,
      passwordProvider,
    ),
    statement(`DELETE FROM sessions WHERE user_id = ${whose} RETURNING active_account_id AS accountId`),
    statement(`DELETE FROM sign_in_challenges WHERE user_id = ${whose}`),
    statement(`DELETE FROM device_codes WHERE user_id = ${whose}`),
    // Who reads the mail has the address.
    statement(`UPDATE users SET email_verified = 1, updated_at = ?3 WHERE id = ${whose}`),
    statement(`DELETE FROM verifications WHERE identifier = (SELECT identifier ${living})`),
  ]);
  if ((results[0]?.meta.changes ?? 0) === 0) return undefined;
  return [...new Set((results[1]?.results ?? []).flatMap(({ accountId }) => accountId ?? []))];
}

/** Notes that the address of whoever has this link is theirs. False when the link does not work. */
export async function verifyEmail(d1: D1Database, hash: string, now: number): Promise<boolean> {
  const bound = (sql: string) => d1.prepare(sql).bind(hash, "verify-email", now);
  const results = await d1.batch([
    bound(`UPDATE users SET email_verified = 1, updated_at = ?3 WHERE id = (SELECT value ${living})`),
    bound(`DELETE FROM verifications WHERE identifier = (SELECT identifier ${living})`),
  ]);
  return (results[0]?.meta.changes ?? 0) > 0;
}

/** Where the mail with a link goes. */
export async function addressOfUser(d1: D1Database, userId: UserId): Promise<string | undefined> {
  const row = await d1
    .prepare("SELECT email FROM users WHERE id = ?1")
    .bind(userId)
    .first<{ email: string }>();
  return row?.email;
}
