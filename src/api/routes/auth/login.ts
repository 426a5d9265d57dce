import { loginBodySchema, signedInSchema } from "../../../contract/people.ts";
import { twoFactorRequiredSchema } from "../../../contract/sign-in.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { openChallenge } from "../../../db/sign-in.ts";
import { mailLater, mailLink } from "../../mail/mail-link.ts";
import { deliversMail } from "../../mail/send-mail.ts";
import { route } from "../../operation.ts";
import { newOneTimeSecret } from "../../people/one-time-secret.ts";
import { refuseOtherOrigins } from "../../people/origin.ts";
import { personWithPassword } from "../../people/password.ts";
import { signedInAnswer } from "../../people/signed-in-answer.ts";
import { limitSignIn } from "../../people/sign-in-limit.ts";
import { Problem } from "../../problem.ts";

export const loginRoute = route(
  {
    method: "post",
    path: "/api/auth/login",
    id: "login",
    tag: "Signing in",
    summary: "Sign in",
    description:
      "Sets the session cookie. Whoever has two-factor on gets 202 and a challenge instead, and no cookie: finish with `POST /api/auth/login/two-factor`. Where mail is set up, an address that is not confirmed is refused and gets its mail again. Attempts are limited by address and by email.",
    access: { kind: "none" },
    body: loginBodySchema,
    answers: {
      200: { description: "The person who has signed in.", schema: signedInSchema },
      202: { description: "The password was right; a code is needed too.", schema: twoFactorRequiredSchema },
    },
    problems: [
      "INVALID_CREDENTIALS",
      "INVALID_ORIGIN",
      "SIGN_IN_EXPIRED",
      "EMAIL_NOT_VERIFIED",
      "RATE_LIMIT_EXCEEDED",
    ],
  },
  async ({ c, env, now, body }) => {
    refuseOtherOrigins(c);
    await limitSignIn(c, body.email);
    const person = await personWithPassword(c, body);
    if (person === undefined) throw new Problem("INVALID_CREDENTIALS");
    const { userId } = person;
    if (!person.emailVerified && deliversMail(env)) {
      mailLater(c, () => mailLink(c, "verify-email", userId));
      throw new Problem("EMAIL_NOT_VERIFIED");
    }
    if (!person.hasTwoFactor) return signedInAnswer(c, person);
    const challenge = newOneTimeSecret();
    const expiresAt = await openChallenge(env.DB, await hashSecret(challenge), person, now);
    if (expiresAt === undefined) throw new Problem("SIGN_IN_EXPIRED");
    return c.json({ twoFactorRequired: true, challenge, expiresAt: new Date(expiresAt).toISOString() }, 202);
  },
);
