import type { UserId } from "../../contract/ids.ts";
import { firstAccountOf } from "../../db/people.ts";
import type { AppContext } from "../context.ts";
import { startSession } from "./auth.ts";
import { setSessionCookie } from "./session-cookie.ts";
import { Problem } from "../problem.ts";
import { userAnswer } from "./user-answer.ts";

/**
 * Starts a session in the account that the person joined first, and tells them who they are. Throws SIGN_IN_EXPIRED
 * when their password has changed since.
 */
export async function signedInAnswer(
  c: AppContext,
  person: { userId: UserId; passwordHash: string | null },
): Promise<Response> {
  const accountId = await firstAccountOf(c.env.DB, person.userId);
  const value = await startSession(c, person, accountId);
  if (value === undefined) throw new Problem("SIGN_IN_EXPIRED");
  c.header("Set-Cookie", setSessionCookie(c.env, value));
  return userAnswer(c, person.userId, accountId);
}
