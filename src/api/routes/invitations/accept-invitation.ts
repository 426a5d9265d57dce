import * as z from "zod";
import { invitationIdSchema } from "../../../contract/ids.ts";
import { invitationSchema, signedInSchema } from "../../../contract/people.ts";
import { acceptInvitation, invitationById } from "../../../db/invitations.ts";
import { route } from "../../operation.ts";
import { endWatching } from "../../people/end-watching.ts";
import { userAnswer } from "../../people/user-answer.ts";
import { Problem } from "../../problem.ts";
import { countFailedKey } from "../../rate-limit.ts";

const gone = () =>
  new Problem("NOT_FOUND", {
    detail: "This invitation is not for you, was used, or has expired.",
    hint: "Ask for a new invitation.",
  });

export const readInvitationRoute = route(
  {
    method: "get",
    path: "/api/invitations/{id}",
    id: "readInvitation",
    tag: "Signing in",
    summary: "What an invitation offers",
    description: "For whoever holds its link. Looking at it accepts nothing.",
    access: { kind: "none" },
    params: z.object({ id: invitationIdSchema }),
    answers: {
      200: {
        description: "The invitation.",
        schema: z.object({ invitation: invitationSchema.omit({ link: true }) }),
      },
    },
    problems: ["NOT_FOUND", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, params }) => {
    const invitation = await invitationById(env.DB, params.id, now);
    if (invitation === undefined) throw (await countFailedKey(c)) ?? gone();
    return c.json({ invitation });
  },
);

export const acceptInvitationRoute = route(
  {
    method: "post",
    path: "/api/invitations/{id}/accept",
    id: "acceptInvitation",
    tag: "Signing in",
    summary: "Accept an invitation",
    description:
      "For someone who has an account with the invited address. Moves your session into the workspace. Whoever has no account signs up with the invitation instead.",
    access: { kind: "session" },
    params: z.object({ id: invitationIdSchema }),
    body: z.strictObject({}),
    answers: {
      200: { description: "You, in the workspace that you joined.", schema: signedInSchema },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, now, session: { userId, sessionId, membership }, params }) => {
    const accountId = await acceptInvitation(env.DB, userId, sessionId, params.id, now);
    if (accountId === undefined) throw gone();
    endWatching(c, membership?.accountId);
    return userAnswer(c, userId, accountId);
  },
);
