import { nanoid } from "nanoid";
import type { AccountId, InvitationId, UserId } from "../contract/ids.ts";
import { newId } from "../crypto/ids.ts";
import { livingInvitation } from "./invitations.ts";
import { passwordProvider } from "./people.ts";

export type NewPerson = { email: string; name: string; passwordHash: string };

/**
 * How someone gets in. `first`: while the deployment has no account. `open`: anyone, each with an account of
 * their own. `invitation`: into the account that invited this address.
 */
export type Door =
  { kind: "first" | "open"; workspace: string } | { kind: "invitation"; invitationId: InvitationId };

export type SignedUp =
  { ok: true; userId: UserId; accountId: AccountId } | { ok: false; reason: "closed" | "email-taken" };

/** Whether the deployment has an account, so that its first sign-up is over. */
export async function hasAccounts(d1: D1Database): Promise<boolean> {
  return (await d1.prepare("SELECT 1 FROM accounts LIMIT 1").first()) !== null;
}

/**
 * Makes a person, their password and their place in an account, all or nothing.
 *
 * INVARIANT: whether the door is open is decided inside the batch, which D1 runs alone: of two first sign-ups
 * at once one finds the account of the other.
 */
export async function signUp(d1: D1Database, person: NewPerson, door: Door, now: number): Promise<SignedUp> {
  const userId = newId("user");
  try {
    const results = await d1.batch<{ accountId: AccountId }>(
      door.kind === "invitation"
        ? joining(d1, userId, person, door.invitationId, now)
        : founding(d1, userId, person, door, now),
    );
    const accountId = results.flatMap(({ results: rows }) => rows).at(0)?.accountId;
    return accountId === undefined ? { ok: false, reason: "closed" } : { ok: true, userId, accountId };
  } catch (error) {
    if (String(error).includes("UNIQUE constraint failed: users.email"))
      return { ok: false, reason: "email-taken" };
    throw error;
  }
}

function founding(
  d1: D1Database,
  userId: UserId,
  person: NewPerson,
  door: { kind: "first" | "open"; workspace: string },
  now: number,
): D1PreparedStatement[] {
  const accountId = newId("account");
  return [
    d1
      .prepare(
        `INSERT INTO accounts (id, name, slug, created_at)
         SELECT ?1, ?2, ?1, ?3 WHERE ?4 = 'open' OR NOT EXISTS (SELECT 1 FROM accounts)`,
      )
      .bind(accountId, door.workspace, now, door.kind),
    d1
      .prepare(
        `INSERT INTO users (id, name, email, created_at, updated_at)
         SELECT ?1, ?2, ?3, ?4, ?4 FROM accounts WHERE id = ?5`,
      )
      .bind(userId, person.name, person.email, now, accountId),
    identity(d1, userId, person, now),
    d1
      .prepare(
        `INSERT INTO members (id, account_id, user_id, role, created_at)
         SELECT ?1, ?2, id, 'owner', ?4 FROM users WHERE id = ?3 RETURNING account_id AS accountId`,
      )
      .bind(nanoid(), accountId, userId, now),
  ];
}

function joining(
  d1: D1Database,
  userId: UserId,
  person: NewPerson,
  invitationId: InvitationId,
  now: number,
): D1PreparedStatement[] {
  return [
    d1
      .prepare(
        `INSERT INTO users (id, name, email, created_at, updated_at)
         SELECT ?4, ?5, i.email, ?2, ?2 ${livingInvitation} AND i.email = ?3`,
      )
      .bind(invitationId, now, person.email, userId, person.name),
    identity(d1, userId, person, now),
    d1
      .prepare(
        `INSERT INTO members (id, account_id, user_id, role, created_at)
         SELECT ?1, i.account_id, u.id, i.role, ?4 FROM invitations i, users u WHERE i.id = ?2 AND u.id = ?3
         RETURNING account_id AS accountId`,
      )
      .bind(nanoid(), invitationId, userId, now),
    d1
      .prepare(
        `UPDATE invitations SET status = 'accepted'
         WHERE id = ?1 AND EXISTS (SELECT 1 FROM users WHERE id = ?2)`,
      )
      .bind(invitationId, userId),
  ];
}

function identity(d1: D1Database, userId: UserId, person: NewPerson, now: number) {
  return d1
    .prepare(
      `INSERT INTO identities (id, provider_account_id, provider_id, user_id, password, created_at, updated_at)
       SELECT ?1, id, ?2, id, ?4, ?5, ?5 FROM users WHERE id = ?3`,
    )
    .bind(nanoid(), passwordProvider, userId, person.passwordHash, now);
}
