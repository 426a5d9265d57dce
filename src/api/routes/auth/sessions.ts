import * as z from "zod";
import { sessionIdSchema } from "../../../contract/ids.ts";
import { sessionSchema } from "../../../contract/people.ts";
import { endSession, sessionsOf } from "../../../db/people.ts";
import { route } from "../../operation.ts";
import { endWatching } from "../../people/end-watching.ts";
import { Problem } from "../../problem.ts";

export const listSessionsRoute = route(
  {
    method: "get",
    path: "/api/auth/sessions",
    id: "listSessions",
    tag: "Signing in",
    summary: "Where you are signed in",
    access: { kind: "session" },
    answers: {
      200: {
        description: "Your living sessions, newest first.",
        schema: z.object({ sessions: z.array(sessionSchema) }),
      },
    },
  },
  async ({ c, env, now, session: { userId, sessionId } }) =>
    c.json({ sessions: await sessionsOf(env.DB, userId, sessionId, now) }),
);

export const endSessionRoute = route(
  {
    method: "delete",
    path: "/api/auth/sessions/{id}",
    id: "endSession",
    tag: "Signing in",
    summary: "Sign out somewhere else",
    access: { kind: "session" },
    params: z.object({ id: sessionIdSchema }),
    answers: {
      200: { description: "It has ended.", schema: z.object({ ended: z.literal(true) }) },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, session, params }) => {
    const ended = await endSession(env.DB, session.userId, params.id);
    if (ended === undefined) throw new Problem("NOT_FOUND");
    endWatching(c, ended.accountId);
    return c.json({ ended: true });
  },
);
