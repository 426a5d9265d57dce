import { desc, lte, notInArray } from "drizzle-orm";
import type { Mail } from "../contract/sign-in.ts";
import { database } from "./database.ts";
import { mailOutbox } from "./people-schema.ts";

const keptMs = 7 * 24 * 3_600_000;
const keptMails = 200;

/** Keeps a mail for whoever looks into the outbox, and lets go of the oldest beyond the newest 200. */
export async function keepMail(
  d1: D1Database,
  mail: { to: string; subject: string; text: string },
  now: number,
): Promise<void> {
  const db = database(d1);
  const newest = db
    .select({ id: mailOutbox.id })
    .from(mailOutbox)
    .orderBy(desc(mailOutbox.id))
    .limit(keptMails);
  await db.batch([
    db
      .insert(mailOutbox)
      .values({ recipient: mail.to, subject: mail.subject, text: mail.text, createdAt: now }),
    db.delete(mailOutbox).where(notInArray(mailOutbox.id, newest)),
  ]);
}

/** The newest mails, newest first. */
export async function keptMail(d1: D1Database): Promise<Mail[]> {
  const rows = await database(d1).select().from(mailOutbox).orderBy(desc(mailOutbox.id)).limit(50);
  return rows.map(({ id, recipient, subject, text, createdAt }) => ({
    mailId: id,
    to: recipient,
    subject,
    text,
    createdAt: new Date(createdAt).toISOString(),
  }));
}

/** Lets go of mail that is older than it is kept. */
export async function forgetOldMail(d1: D1Database, now: number): Promise<void> {
  await database(d1)
    .delete(mailOutbox)
    .where(lte(mailOutbox.createdAt, now - keptMs));
}
