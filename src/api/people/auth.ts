import type { AccountId, UserId } from "../../contract/ids.ts";
import type { AppContext } from "../context.ts";
import { addressOf } from "../rate-limit.ts";
import type { Auth } from "./better-auth.ts";
import { sessionCookieValue } from "./session-cookie.ts";

const made = new WeakMap<D1Database, Promise<Auth>>();

/**
 * better-auth, loaded and built when an isolate first needs it. Only signing in and passwords need it: whoever
 * merely is signed in does not, and neither does a verify.
 */
export function authOf(env: Env): Promise<Auth> {
  let auth = made.get(env.DB);
  if (auth === undefined) {
    auth = import("./better-auth.ts").then(({ makeAuth }) => makeAuth(env));
    made.set(env.DB, auth);
  }
  return auth;
}

/** Starts a session of this person in an account, or in none. The value for its cookie. */
export async function startSession(
  c: AppContext,
  userId: UserId,
  accountId: AccountId | undefined,
): Promise<string> {
  const auth = await authOf(c.env);
  const { token } = await auth.startSession(userId, accountId, {
    ipAddress: addressOf(c),
    userAgent: c.req.header("User-Agent") ?? "",
  });
  return sessionCookieValue(c.env, token);
}
