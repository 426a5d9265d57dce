import { loginBodySchema, signedInSchema } from "../../../contract/people.ts";
import { firstAccountOf } from "../../../db/people.ts";
import { route } from "../../operation.ts";
import { authOf } from "../../people/auth.ts";
import { refuseOtherOrigins } from "../../people/origin.ts";
import { sessionCookieValue, setSessionCookie } from "../../people/session-cookie.ts";
import { limitSignIn } from "../../people/sign-in-limit.ts";
import { userAnswer } from "../../people/user-answer.ts";
import { Problem } from "../../problem.ts";

export const loginRoute = route(
  {
    method: "post",
    path: "/api/auth/login",
    id: "login",
    tag: "Signing in",
    summary: "Sign in",
    description: "Sets the session cookie. Attempts are limited by address and by email.",
    access: { kind: "none" },
    body: loginBodySchema,
    answers: { 200: { description: "The person who has signed in.", schema: signedInSchema } },
    problems: ["INVALID_CREDENTIALS", "INVALID_ORIGIN", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, body }) => {
    refuseOtherOrigins(c);
    await limitSignIn(c, body.email);
    const auth = await authOf(env);
    const signedIn = await auth.signIn(body, whereFrom(c.req.raw));
    if (signedIn === undefined) throw new Problem("INVALID_CREDENTIALS");
    const { userId, token } = signedIn;
    c.header("Set-Cookie", setSessionCookie(env, await sessionCookieValue(env, token)));
    return userAnswer(c, userId, await firstAccountOf(env.DB, userId));
  },
);

// What a session remembers of where it was started, and no other header: a cookie must not matter here.
function whereFrom({ headers }: Request): Headers {
  const kept = new Headers();
  for (const name of ["CF-Connecting-IP", "User-Agent"]) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}
