import * as z from "zod";
import { forgotPasswordBodySchema, resetPasswordBodySchema } from "../../../contract/sign-in.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { isLivingLink, resetPassword } from "../../../db/mailed-links.ts";
import { credentialsOf } from "../../../db/sign-in.ts";
import { mailLater, mailLink } from "../../mail/mail-link.ts";
import { takesMail } from "../../mail/send-mail.ts";
import { route } from "../../operation.ts";
import { authOf } from "../../people/auth.ts";
import { endWatching } from "../../people/end-watching.ts";
import { refuseOtherOrigins } from "../../people/origin.ts";
import { limitAddress, limitSignIn } from "../../people/sign-in-limit.ts";
import { Problem } from "../../problem.ts";
import { countFailedKey } from "../../rate-limit.ts";

export const forgotPasswordRoute = route(
  {
    method: "post",
    path: "/api/auth/password/forgot",
    id: "forgotPassword",
    tag: "Signing in",
    summary: "Ask for a link to choose a new password",
    description:
      "If someone has this address, a mail with a link is on its way; the answer is the same if not. Attempts are limited by address and by email, and so are the mails.",
    access: { kind: "none" },
    body: forgotPasswordBodySchema,
    answers: {
      200: {
        description: "It was looked into.",
        schema: z.object({ requested: z.literal(true) }),
      },
    },
    problems: ["INVALID_ORIGIN", "MAIL_NOT_CONFIGURED", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, body }) => {
    refuseOtherOrigins(c);
    await limitSignIn(c, body.email);
    if (!takesMail(env))
      throw new Problem("MAIL_NOT_CONFIGURED", {
        hint: "Whoever runs this deployment can set up mail; until then passwords are changed by those who have signed in.",
      });
    mailLater(c, async () => {
      const person = await credentialsOf(env.DB, body.email);
      if (person !== undefined) await mailLink(c, "reset-password", person.userId);
    });
    return c.json({ requested: true });
  },
);

export const resetPasswordRoute = route(
  {
    method: "post",
    path: "/api/auth/password/reset",
    id: "resetPassword",
    tag: "Signing in",
    summary: "Choose a new password with the link of a mail",
    description:
      "The link works for 30 minutes, once. Ends all your sessions and signs nobody in; two-factor stays as it is.",
    access: { kind: "none" },
    body: resetPasswordBodySchema,
    answers: {
      200: { description: "It is changed.", schema: z.object({ changed: z.literal(true) }) },
    },
    problems: ["INVALID_ORIGIN", "LINK_EXPIRED", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, body }) => {
    refuseOtherOrigins(c);
    await limitAddress(c);
    const hash = await hashSecret(body.token);
    // Before a password is hashed, so that refusing is cheap.
    if (!(await isLivingLink(env.DB, "reset-password", hash, now)))
      throw (await countFailedKey(c)) ?? new Problem("LINK_EXPIRED");
    const passwordHash = await (await authOf(env)).hashPassword(body.newPassword);
    const accountIds = await resetPassword(env.DB, hash, passwordHash, now);
    if (accountIds === undefined) throw new Problem("LINK_EXPIRED");
    endWatching(c, ...accountIds);
    return c.json({ changed: true });
  },
);
