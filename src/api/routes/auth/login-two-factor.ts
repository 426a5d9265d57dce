import type { UserId } from "../../../contract/ids.ts";
import { signedInSchema } from "../../../contract/people.ts";
import { twoFactorLoginBodySchema } from "../../../contract/sign-in.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { attemptChallenge, redeemChallenge } from "../../../db/sign-in.ts";
import { lockedMs, spendRecoveryCode, takeAttempt, takeStep } from "../../../db/two-factor.ts";
import type { AppContext } from "../../context.ts";
import { route } from "../../operation.ts";
import { refuseOtherOrigins } from "../../people/origin.ts";
import { openTotpSecret, recoveryCodeHash, stepOfCode, totpCodeIn } from "../../people/second-factor.ts";
import { signedInAnswer } from "../../people/signed-in-answer.ts";
import { limitAddress } from "../../people/sign-in-limit.ts";
import { Problem, tooManyRequests } from "../../problem.ts";

export const loginTwoFactorRoute = route(
  {
    method: "post",
    path: "/api/auth/login/two-factor",
    id: "loginTwoFactor",
    tag: "Signing in",
    summary: "Finish signing in with a code",
    description:
      "The app's code or a recovery code. Sets the session cookie. A challenge lives for 5 minutes and takes 5 codes; each code is taken once, and after 10 wrong ones the app's are refused for 15 minutes.",
    access: { kind: "none" },
    body: twoFactorLoginBodySchema,
    answers: { 200: { description: "The person who has signed in.", schema: signedInSchema } },
    problems: ["SIGN_IN_EXPIRED", "INVALID_CODE", "INVALID_ORIGIN", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, body }) => {
    refuseOtherOrigins(c);
    await limitAddress(c);
    const hash = await hashSecret(body.challenge);
    const userId = await attemptChallenge(env.DB, hash, now);
    if (userId === undefined) throw new Problem("SIGN_IN_EXPIRED");
    if (!(await takesCode(c, userId, body.code))) throw new Problem("INVALID_CODE");
    // Of two who bring a code each for one challenge, one signs in.
    const redeemed = await redeemChallenge(env.DB, hash, now);
    if (redeemed === undefined) throw new Problem("SIGN_IN_EXPIRED");
    return signedInAnswer(c, { userId, ...redeemed });
  },
);

async function takesCode(c: AppContext, userId: UserId, typed: string): Promise<boolean> {
  const { env } = c;
  const { now } = c.var;
  const code = totpCodeIn(typed);
  // A recovery code is too long to guess: whoever is locked out by somebody's guesses still gets in with one.
  if (code === undefined)
    return spendRecoveryCode(env.DB, userId, await recoveryCodeHash(env, userId, typed));
  const attempt = await takeAttempt(env.DB, userId, now);
  if (attempt === "none") return false;
  if (attempt === "locked")
    throw tooManyRequests(lockedMs / 1000, "Too many wrong codes. Wait, or use a recovery code.");
  const { sealed } = attempt;
  const step = await stepOfCode(await openTotpSecret(env, userId, sealed), code, now);
  return step !== undefined && (await takeStep(env.DB, userId, sealed, step));
}
