import type { UserId } from "../../contract/ids.ts";
import { resetLinkMs, verifyLinkMs } from "../../contract/sign-in.ts";
import { hashSecret } from "../../crypto/secrets.ts";
import { addressOfUser, type LinkPurpose, openLink } from "../../db/mailed-links.ts";
import type { AppContext } from "../context.ts";
import { newOneTimeSecret } from "../people/one-time-secret.ts";
import { resetMail, verifyMail } from "./mails.ts";
import { type OutgoingMail, sendMail } from "./send-mail.ts";

const kinds = {
  "reset-password": { lifeMs: resetLinkMs, mail: resetMail },
  "verify-email": { lifeMs: verifyLinkMs, mail: verifyMail },
} satisfies Record<LinkPurpose, { lifeMs: number; mail: typeof resetMail }>;

/** Mails someone a link that works once, unless many were sent lately. */
export async function mailLink(c: AppContext, purpose: LinkPurpose, userId: UserId): Promise<void> {
  const { env } = c;
  const { now } = c.var;
  const { lifeMs, mail } = kinds[purpose];
  const token = newOneTimeSecret();
  if (!(await openLink(env.DB, purpose, userId, await hashSecret(token), lifeMs, now))) return;
  const to = await addressOfUser(env.DB, userId);
  if (to !== undefined) await sendMail(env, mail(env, to, token), now);
}

/** Sends a mail after the answer: nobody waits for it, and the time of the answer does not tell whether one is sent. */
export function mailLater(c: AppContext, mailing: () => Promise<void>): void {
  c.executionCtx.waitUntil(
    mailing().catch((error: unknown) => {
      // eslint-disable-next-line no-console -- Nobody waits for a mail: this is the only word of its failure.
      console.error(JSON.stringify({ requestId: c.var.requestId, error: `A mail failed: ${String(error)}` }));
    }),
  );
}

/** The same for a mail that is already written. */
export function sendLater(c: AppContext, mail: OutgoingMail): void {
  mailLater(c, () => sendMail(c.env, mail, c.var.now));
}
