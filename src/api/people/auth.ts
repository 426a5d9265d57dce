import type { AccountId, UserId } from "../../contract/ids.ts";
import { endUnlessPassword } from "../../db/sign-in.ts";
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

/**
 * Starts a session in an account, or in none, of whoever was known by the password of this hash. The value for its
 * cookie; undefined when the password has changed since.
 *
 * INVARIANT: started first and looked at then. A new password ends the sessions that it finds; one that starts
 * later finds the new password.
 */
export async function startSession(
  c: AppContext,
  { userId, passwordHash }: { userId: UserId; passwordHash: string | null },
  accountId: AccountId | undefined,
): Promise<string | undefined> {
  const auth = await authOf(c.env);
  const { token } = await auth.startSession(userId, accountId, {
    ipAddress: addressOf(c),
    userAgent: c.req.header("User-Agent") ?? "",
  });
  if (await endUnlessPassword(c.env.DB, token, passwordHash)) return undefined;
  return sessionCookieValue(c.env, token);
}
