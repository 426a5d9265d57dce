import { signUpBodySchema } from "../../../contract/people.ts";
import { signedUpSchema } from "../../../contract/sign-in.ts";
import { signUp } from "../../../db/sign-up.ts";
import { mailLater, mailLink } from "../../mail/mail-link.ts";
import { deliversMail } from "../../mail/send-mail.ts";
import { route } from "../../operation.ts";
import { authOf, startSession } from "../../people/auth.ts";
import { doorFor, signUpRefused } from "../../people/door.ts";
import { refuseOtherOrigins } from "../../people/origin.ts";
import { setSessionCookie } from "../../people/session-cookie.ts";
import { limitAddress } from "../../people/sign-in-limit.ts";
import { userAnswer } from "../../people/user-answer.ts";
import { Problem } from "../../problem.ts";

export const signUpRoute = route(
  {
    method: "post",
    path: "/api/auth/signup",
    id: "signUp",
    tag: "Signing in",
    summary: "Sign up",
    description:
      "Sets the session cookie; where mail is set up, sends a mail to confirm the address instead. By default the first account of a deployment needs its setup token (locally nothing), and everyone after that an invitation. Where SIGNUP_MODE is open, anyone gets a workspace of their own.",
    access: { kind: "none" },
    body: signUpBodySchema,
    answers: { 201: { description: "The person who has signed up.", schema: signedUpSchema } },
    problems: ["SIGNUP_CLOSED", "EMAIL_TAKEN", "INVALID_ORIGIN", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, body }) => {
    refuseOtherOrigins(c);
    await limitAddress(c);
    const door = await doorFor(c, body);
    const passwordHash = await (await authOf(env)).hashPassword(body.password);
    const person = { email: body.email, name: body.name ?? "", passwordHash };
    const signedUp = await signUp(env.DB, person, door, now);
    if (!signedUp.ok)
      throw signedUp.reason === "email-taken" ? new Problem("EMAIL_TAKEN") : signUpRefused(env, door);
    const { userId, accountId } = signedUp;
    c.status(201);
    if (deliversMail(env)) {
      mailLater(c, () => mailLink(c, "verify-email", userId));
      return userAnswer(c, userId, accountId, { emailVerificationRequired: true });
    }
    const value = await startSession(c, { userId, passwordHash }, accountId);
    if (value !== undefined) c.header("Set-Cookie", setSessionCookie(env, value));
    return userAnswer(c, userId, accountId);
  },
);
