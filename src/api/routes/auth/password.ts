import * as z from "zod";
import { changePasswordBodySchema } from "../../../contract/people.ts";
import { changePassword } from "../../../db/people.ts";
import { route } from "../../operation.ts";
import { authOf } from "../../people/auth.ts";
import { endWatching } from "../../people/end-watching.ts";
import { requirePassword } from "../../people/password.ts";
import { Problem } from "../../problem.ts";

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
    await requirePassword(c, userId, body.currentPassword, "currentPassword");
    const newHash = await (await authOf(env)).hashPassword(body.newPassword);
    const accountIds = await changePassword(env.DB, userId, newHash, sessionId, now);
    if (accountIds === undefined) throw new Problem("AUTH_REQUIRED");
    endWatching(c, ...accountIds);
    return c.json({ changed: true });
  },
);
