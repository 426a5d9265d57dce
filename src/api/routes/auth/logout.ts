import * as z from "zod";
import { endSessionByToken } from "../../../db/people.ts";
import { route } from "../../operation.ts";
import { endWatching } from "../../people/end-watching.ts";
import { requireOurOrigin } from "../../people/origin.ts";
import { clearSessionCookie, sessionTokenOf } from "../../people/session-cookie.ts";

export const logoutRoute = route(
  {
    method: "post",
    path: "/api/auth/logout",
    id: "logout",
    tag: "Signing in",
    summary: "Sign out",
    description: "Ends the session on the server, so that a copy of its cookie opens nothing either.",
    access: { kind: "none" },
    body: z.strictObject({}),
    answers: {
      200: {
        description: "Nobody is signed in.",
        schema: z.object({ signedOut: z.literal(true) }),
      },
    },
    problems: ["INVALID_ORIGIN"],
  },
  async ({ c, env }) => {
    const token = await sessionTokenOf(env, c.req.header("Cookie"));
    if (token !== undefined) requireOurOrigin(c);
    if (typeof token === "string") endWatching(c, (await endSessionByToken(env.DB, token))?.accountId);
    c.header("Set-Cookie", clearSessionCookie(env));
    return c.json({ signedOut: true });
  },
);
