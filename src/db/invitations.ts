import { and, count, desc, eq, gt, sql } from "drizzle-orm";
import { nanoid } from "nanoid";
import type { AccountId, InvitationId, SessionId, UserId } from "../contract/ids.ts";
import { type Invitation, invitationMs, type Role } from "../contract/people.ts";
import { newId } from "../crypto/ids.ts";
import { database } from "./database.ts";
import { accounts, invitations, members, users } from "./people-schema.ts";
import { readRoles, writeRoles } from "./people.ts";

/** An invitation as it is kept; its link is the API's to make. */
export type InvitationFacts = Omit<Invitation, "link">;

/**
 * The invitation ?1 while it can be accepted at ?2, as `i`. Its inviter must still be able to give what it
 * gives: someone who was put out of the account must not come back through an invitation of their own.
 */
export const livingInvitation = `
  FROM invitations i
  JOIN members inviter ON inviter.account_id = i.account_id AND inviter.user_id = i.inviter_id
  WHERE i.id = ?1 AND i.status = 'pending' AND i.expires_at > ?2
    AND (',' || inviter.role || ',' LIKE '%,owner,%'
      OR (',' || inviter.role || ',' LIKE '%,admin,%' AND ',' || i.role || ',' NOT LIKE '%,owner,%'))`;

type Row = {
  id: InvitationId;
  email: string;
  role: string | null;
  createdAt: number;
  expiresAt: number;
  accountName: string;
};

function invitationFacts(row: Row): InvitationFacts {
  return {
    invitationId: row.id,
    email: row.email,
    roles: readRoles(row.role),
    accountName: row.accountName,
    createdAt: new Date(row.createdAt).toISOString(),
    expiresAt: new Date(row.expiresAt).toISOString(),
  };
}

/** An invitation that can still be accepted, by its id, which only the inviter and the invited know. */
export async function invitationById(
  d1: D1Database,
  invitationId: InvitationId,
  now: number,
): Promise<InvitationFacts | undefined> {
  const row = await d1
    .prepare(
      `SELECT i.id, i.email, i.role, i.created_at AS createdAt, i.expires_at AS expiresAt,
         (SELECT name FROM accounts WHERE id = i.account_id) AS accountName ${livingInvitation}`,
    )
    .bind(invitationId, now)
    .first<Row>();
  return row === null ? undefined : invitationFacts(row);
}

/** The account's invitations that nobody has accepted yet, newest first. */
export async function invitationsOf(
  d1: D1Database,
  accountId: AccountId,
  now: number,
): Promise<InvitationFacts[]> {
  const rows = await database(d1)
    .select({ invitation: invitations, accountName: accounts.name })
    .from(invitations)
    .innerJoin(accounts, eq(accounts.id, invitations.organizationId))
    .where(
      and(
        eq(invitations.organizationId, accountId),
        eq(invitations.status, "pending"),
        gt(invitations.expiresAt, new Date(now)),
      ),
    )
    .orderBy(desc(invitations.createdAt), desc(invitations.id));
  return rows.map(({ invitation, accountName }) =>
    invitationFacts({
      ...invitation,
      createdAt: invitation.createdAt.getTime(),
      expiresAt: invitation.expiresAt.getTime(),
      accountName,
    }),
  );
}

// An address must not be flooded with our mails by whoever has a workspace, nor the world by one.
const mailsADay = { toAddress: 5, ofAccount: 200 };
const dayMs = 24 * 3_600_000;

/**
 * Invites an address into the account, and says whether it may be mailed: not when many were lately. Undefined when
 * it belongs to a member already.
 */
export async function invite(
  d1: D1Database,
  accountId: AccountId,
  inviterId: UserId,
  invited: { email: string; roles: readonly Role[] },
  now: number,
): Promise<{ invitation: InvitationFacts; mayMail: boolean } | undefined> {
  const db = database(d1);
  const [member] = await db
    .select({ id: members.id })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.organizationId, accountId), eq(users.email, invited.email)));
  if (member !== undefined) return undefined;
  const invitationId = newId("invitation");
  const [, , named, [lately]] = await db.batch([
    // A newer invitation takes the place of an older one: what was meant last is what holds.
    db
      .update(invitations)
      .set({ status: "canceled" })
      .where(
        and(
          eq(invitations.organizationId, accountId),
          eq(invitations.email, invited.email),
          eq(invitations.status, "pending"),
        ),
      ),
    db.insert(invitations).values({
      id: invitationId,
      organizationId: accountId,
      email: invited.email,
      role: writeRoles(invited.roles),
      createdAt: new Date(now),
      expiresAt: new Date(now + invitationMs),
      inviterId,
    }),
    db.select({ name: accounts.name }).from(accounts).where(eq(accounts.id, accountId)),
    // With this one among them.
    db
      .select({
        ofAccount: count(),
        toAddress: sql<number>`count(*) FILTER (WHERE ${invitations.email} = ${invited.email})`.as(
          "to_address",
        ),
      })
      .from(invitations)
      .where(
        and(eq(invitations.organizationId, accountId), gt(invitations.createdAt, new Date(now - dayMs))),
      ),
  ]);
  const { ofAccount, toAddress } = lately ?? { ofAccount: Infinity, toAddress: Infinity };
  const invitation = invitationFacts({
    id: invitationId,
    email: invited.email,
    role: writeRoles(invited.roles),
    createdAt: now,
    expiresAt: now + invitationMs,
    accountName: named[0]?.name ?? "",
  });
  return { invitation, mayMail: ofAccount <= mailsADay.ofAccount && toAddress <= mailsADay.toAddress };
}

/** Takes back an invitation of the account. False when there is none that is still open. */
export async function cancelInvitation(
  d1: D1Database,
  accountId: AccountId,
  invitationId: InvitationId,
): Promise<boolean> {
  const canceled = await database(d1)
    .update(invitations)
    .set({ status: "canceled" })
    .where(
      and(
        eq(invitations.organizationId, accountId),
        eq(invitations.id, invitationId),
        eq(invitations.status, "pending"),
      ),
    );
  return canceled.meta.changes > 0;
}

/**
 * Makes a person who has signed in a member by an invitation to their address, and moves their session into
 * that account. Undefined when it is not for them or can no longer be accepted.
 */
export async function acceptInvitation(
  d1: D1Database,
  userId: UserId,
  sessionId: SessionId,
  invitationId: InvitationId,
  now: number,
): Promise<AccountId | undefined> {
  const forThem = `${livingInvitation} AND i.email = (SELECT email FROM users WHERE id = ?3)`;
  const [, , accepted] = await d1.batch<{ accountId: AccountId }>([
    d1
      .prepare(
        `INSERT INTO members (id, account_id, user_id, role, created_at)
         SELECT ?4, i.account_id, ?3, i.role, ?2 ${forThem} ON CONFLICT (account_id, user_id) DO NOTHING`,
      )
      .bind(invitationId, now, userId, nanoid()),
    d1
      .prepare(
        `UPDATE sessions SET active_account_id = (SELECT i.account_id ${forThem})
         WHERE id = ?4 AND user_id = ?3 AND EXISTS (SELECT 1 ${forThem})`,
      )
      .bind(invitationId, now, userId, sessionId),
    d1
      .prepare(
        `UPDATE invitations SET status = 'accepted' WHERE id = ?1 AND EXISTS (SELECT 1 ${forThem})
         RETURNING account_id AS accountId`,
      )
      .bind(invitationId, now, userId),
  ]);
  return accepted?.results[0]?.accountId;
}
