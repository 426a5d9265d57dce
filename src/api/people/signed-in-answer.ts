import type { UserId } from "../../contract/ids.ts";
import { firstAccountOf } from "../../db/people.ts";
import type { AppContext } from "../context.ts";
import { startSession } from "./auth.ts";
import { setSessionCookie } from "./session-cookie.ts";
import { userAnswer } from "./user-answer.ts";

/** Starts a session in the account that the person joined first, and tells them who they are. */
export async function signedInAnswer(c: AppContext, userId: UserId): Promise<Response> {
  const accountId = await firstAccountOf(c.env.DB, userId);
  c.header("Set-Cookie", setSessionCookie(c.env, await startSession(c, userId, accountId)));
  return userAnswer(c, userId, accountId);
}
