import * as z from "zod";
import { changePasswordBodySchema } from "../../../contract/people.ts";
import { changePassword, passwordHashOf } from "../../../db/people.ts";
import { route } from "../../operation.ts";
import { authOf } from "../../people/auth.ts";
import { limitGuessing } from "../../people/sign-in-limit.ts";
import { invalidRequest } from "../../problem.ts";

export const changePasswordRoute = route(
  {
    method: "post",
    path: "/api/auth/password",
    id: "changePassword",
    tag: "Signing in",
    summary: "Change your password",
    description: "Needs the current one. Ends every other session of yours.",
    access: { kind: "session" },
    body: changePasswordBodySchema,
    answers: {
      200: { description: "It is changed.", schema: z.object({ changed: z.literal(true) }) },
    },
    problems: ["INVALID_REQUEST", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, session: { userId, sessionId }, body }) => {
    // A session that was left open must not become a place to guess the password at leisure.
    await limitGuessing(c, `password ${userId}`);
    const auth = await authOf(env);
    const hash = await passwordHashOf(env.DB, userId);
    const isRight = hash ? await auth.isPassword(body.currentPassword, hash) : false;
    if (!isRight) throw invalidRequest([{ field: "currentPassword", rule: "is wrong" }]);
    const newHash = await auth.hashPassword(body.newPassword);
    await changePassword(env.DB, userId, newHash, sessionId, now);
    return c.json({ changed: true });
  },
);
