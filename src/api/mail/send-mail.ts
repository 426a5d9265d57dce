import { keepMail } from "../../db/mail-outbox.ts";

export type OutgoingMail = { to: string; subject: string; text: string };

// An optional binding, which the generated Env cannot say.
const binding = (env: Env) => (env as Env & { MAIL?: SendEmail }).MAIL;

/** Whether mail reaches people: the deployment has a binding for it and a sender. */
export function deliversMail(env: Env): boolean {
  return binding(env) !== undefined && Boolean(env.MAIL_FROM);
}

/** Whether a mail can be read by anyone: delivered, or in the outbox of a local instance. */
export function takesMail(env: Env): boolean {
  return deliversMail(env) || env.ENVIRONMENT === "local";
}

/** Sends a mail; a local instance without a binding keeps it and prints it. Throws where neither is possible. */
export async function sendMail(env: Env, mail: OutgoingMail, now: number): Promise<void> {
  const mailer = binding(env);
  if (mailer !== undefined && deliversMail(env)) {
    await mailer.send({ from: env.MAIL_FROM, ...mail });
    return;
  }
  if (!takesMail(env)) throw new Error("No mail is set up here.");
  await keepMail(env.DB, mail, now);
  // eslint-disable-next-line no-console -- The owner of this machine has no other mailbox for it.
  console.log(`Mail to ${mail.to}: ${mail.subject}\n${mail.text}`);
}
