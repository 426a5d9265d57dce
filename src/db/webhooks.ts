import { and, desc, eq, gt, isNull, lte, or, sql } from "drizzle-orm";
import type { AccountId, UserId, WebhookId } from "../contract/ids.ts";
import { rfc3339 } from "../contract/moment.ts";
import { maxWebhooks, type Webhook, type WebhookFormat, type Subscription } from "../contract/webhook.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import { database, type Database } from "./database.ts";
import { webhooks, webhookSecrets } from "./schema.ts";

/** A secret as it is stored: sealed, with what may be shown of it. */
export type SealedSecret = { sealed: string; preview: string };

type WebhookRow = typeof webhooks.$inferSelect;
type SecretRow = typeof webhookSecrets.$inferSelect;

function webhookFacts(row: WebhookRow, secrets: readonly SecretRow[]): Webhook {
  return {
    webhookId: row.id,
    url: row.url,
    format: row.format,
    events: row.events,
    hasRoutingKey: row.routingKey !== null,
    status: row.status,
    disabledReason: row.disabledReason,
    disabledAt: row.disabledAt === null ? null : rfc3339(row.disabledAt),
    failingSince: row.failingSince === null ? null : rfc3339(row.failingSince),
    secrets: secrets
      .filter(({ webhookId }) => webhookId === row.id)
      .map(({ preview, createdAt, expiresAt }) => ({
        preview,
        createdAt: rfc3339(createdAt),
        expiresAt: expiresAt === null ? null : rfc3339(expiresAt),
      })),
    createdBy: row.createdBy,
    createdAt: rfc3339(row.createdAt),
  };
}

function ofAccount(accountId: AccountId, webhookId: WebhookId) {
  return and(eq(webhooks.accountId, accountId), eq(webhooks.id, webhookId));
}

function livingSecrets(db: Database, accountId: AccountId, now: number) {
  return db
    .select({ secret: webhookSecrets })
    .from(webhookSecrets)
    .innerJoin(webhooks, eq(webhooks.id, webhookSecrets.webhookId))
    .where(
      and(
        eq(webhooks.accountId, accountId),
        or(isNull(webhookSecrets.expiresAt), gt(webhookSecrets.expiresAt, now)),
      ),
    )
    .orderBy(desc(webhookSecrets.id));
}

/** One endpoint of the account, with the previews of the secrets that sign. */
export async function webhookOfAccount(
  d1: D1Database,
  accountId: AccountId,
  webhookId: WebhookId,
  now: number,
): Promise<Webhook | undefined> {
  const db = database(d1);
  const [[row], secrets] = await db.batch([
    db.select().from(webhooks).where(ofAccount(accountId, webhookId)),
    livingSecrets(db, accountId, now),
  ]);
  return (
    row &&
    webhookFacts(
      row,
      secrets.map(({ secret }) => secret),
    )
  );
}

/** A page of the account's endpoints, newest first. */
export async function webhooksOfAccount(
  d1: D1Database,
  accountId: AccountId,
  { limit, cursor, now }: { limit: number; cursor?: string | undefined; now: number },
): Promise<{ webhooks: Webhook[]; nextCursor: string | null }> {
  const db = database(d1);
  const after: Cursor | undefined = cursor === undefined ? undefined : readCursor(cursor);
  const [page, secrets] = await db.batch([
    db
      .select()
      .from(webhooks)
      .where(
        and(
          eq(webhooks.accountId, accountId),
          after && sql`(${webhooks.createdAt}, ${webhooks.id}) < (${after.at}, ${after.id})`,
        ),
      )
      .orderBy(desc(webhooks.createdAt), desc(webhooks.id))
      .limit(limit + 1),
    livingSecrets(db, accountId, now),
  ]);
  const shown = page.slice(0, limit);
  const last = shown.at(-1);
  const rows = secrets.map(({ secret }) => secret);
  return {
    webhooks: shown.map((row) => webhookFacts(row, rows)),
    nextCursor: page.length > limit && last ? writeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

const maxSecrets = 5;

const insertSecret = `
  INSERT INTO webhook_secrets (webhook_id, sealed, preview, created_at)
  SELECT id, ?3, ?4, ?5 FROM webhooks WHERE id = ?1 AND account_id = ?2`;

const ofWebhook = "webhook_id = (SELECT id FROM webhooks WHERE id = ?1 AND account_id = ?2)";

export type NewWebhook = {
  webhookId: WebhookId;
  url: string;
  format: WebhookFormat;
  events: Subscription[];
  routingKey: string | null;
  createdBy: UserId;
};

/** Keeps an endpoint with its first secret. False when the account has as many as it may. */
export async function addWebhook(
  d1: D1Database,
  accountId: AccountId,
  { webhookId, url, format, events, routingKey, createdBy }: NewWebhook,
  { sealed, preview }: SealedSecret,
  now: number,
): Promise<boolean> {
  const [added] = await d1.batch([
    d1
      .prepare(
        `INSERT INTO webhooks (id, account_id, url, format, events, routing_key, created_by, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
         WHERE (SELECT count(*) FROM webhooks WHERE account_id = ?2) < ${maxWebhooks}`,
      )
      .bind(webhookId, accountId, url, format, JSON.stringify(events), routingKey, createdBy, now),
    d1.prepare(insertSecret).bind(webhookId, accountId, sealed, preview, now),
  ]);
  return (added?.meta.changes ?? 0) > 0;
}

export type WebhookEdit = {
  url?: string | undefined;
  format?: WebhookFormat | undefined;
  events?: Subscription[] | undefined;
  routingKey?: string | null | undefined;
};

/** Changes an endpoint. To another address, the old one's record of failure does not follow it. */
export async function editWebhook(
  d1: D1Database,
  accountId: AccountId,
  webhookId: WebhookId,
  { url, format, events, routingKey }: WebhookEdit,
): Promise<void> {
  await database(d1)
    .update(webhooks)
    .set({
      ...(url === undefined ? {} : { url, failingSince: null, slowUntil: null }),
      ...(format === undefined ? {} : { format }),
      ...(events === undefined ? {} : { events }),
      ...(routingKey === undefined ? {} : { routingKey }),
    })
    .where(ofAccount(accountId, webhookId));
}

/** Deletes an endpoint with its secrets and deliveries. False when there is none. */
export async function deleteWebhook(
  d1: D1Database,
  accountId: AccountId,
  webhookId: WebhookId,
): Promise<boolean> {
  const deleted = await database(d1).delete(webhooks).where(ofAccount(accountId, webhookId));
  return deleted.meta.changes > 0;
}

/** Switches an endpoint on. What it failed at before is forgotten, or it would be off again at once. */
export async function enableWebhook(
  d1: D1Database,
  accountId: AccountId,
  webhookId: WebhookId,
): Promise<void> {
  await database(d1)
    .update(webhooks)
    .set({ status: "active", disabledReason: null, disabledAt: null, failingSince: null, slowUntil: null })
    .where(and(ofAccount(accountId, webhookId), eq(webhooks.status, "disabled")));
}

/** Switches an endpoint off. One that is off already keeps the reason that it has. */
export async function disableWebhook(
  d1: D1Database,
  accountId: AccountId,
  webhookId: WebhookId,
  now: number,
): Promise<void> {
  await database(d1)
    .update(webhooks)
    .set({ status: "disabled", disabledReason: "by_person", disabledAt: now })
    .where(and(ofAccount(accountId, webhookId), eq(webhooks.status, "active")));
}

/**
 * Adds a secret. The older ones go on signing for `overlapMs` more, and not longer than they would have: rotating
 * twice does not lengthen anything.
 */
export async function rotateSecret(
  d1: D1Database,
  accountId: AccountId,
  webhookId: WebhookId,
  { sealed, preview }: SealedSecret,
  overlapMs: number,
  now: number,
): Promise<void> {
  const until = now + overlapMs;
  await d1.batch([
    d1
      .prepare(`DELETE FROM webhook_secrets WHERE ${ofWebhook} AND (expires_at <= ?3 OR ?4 <= ?3)`)
      .bind(webhookId, accountId, now, until),
    d1
      .prepare(
        `UPDATE webhook_secrets SET expires_at = ?3
         WHERE ${ofWebhook} AND (expires_at IS NULL OR expires_at > ?3)`,
      )
      .bind(webhookId, accountId, until),
    // Each delivery carries a signature for each secret: more than a few of them help nobody.
    d1
      .prepare(
        `DELETE FROM webhook_secrets WHERE ${ofWebhook} AND id NOT IN (
           SELECT id FROM webhook_secrets WHERE webhook_id = ?1 ORDER BY id DESC LIMIT ${maxSecrets - 1})`,
      )
      .bind(webhookId, accountId),
    d1.prepare(insertSecret).bind(webhookId, accountId, sealed, preview, now),
  ]);
}

/** Deletes secrets that sign nothing any more. */
export async function forgetOldSecrets(d1: D1Database, now: number): Promise<void> {
  await database(d1).delete(webhookSecrets).where(lte(webhookSecrets.expiresAt, now));
}
