import * as z from "zod";
import { invitationIdSchema } from "../../../contract/ids.ts";
import { createInvitationBodySchema, type Invitation, invitationSchema } from "../../../contract/people.ts";
import { cancelInvitation, type InvitationFacts, invitationsOf, invite } from "../../../db/invitations.ts";
import { sendLater } from "../../mail/mail-link.ts";
import { invitationMail } from "../../mail/mails.ts";
import { takesMail } from "../../mail/send-mail.ts";
import { route } from "../../operation.ts";
import { mayGrant, requireMayGrant } from "../../people/rank.ts";
import { Problem } from "../../problem.ts";

const withLink = (env: Env, invitation: InvitationFacts): Invitation => ({
  ...invitation,
  link: `${env.PUBLIC_URL}/invitation/${invitation.invitationId}`,
});

export const listInvitationsRoute = route(
  {
    method: "get",
    path: "/api/dashboard/invitations",
    id: "listInvitations",
    tag: "Workspace",
    summary: "Invitations that nobody has accepted yet, newest first",
    description: "With their links. Those that make someone an owner are shown to owners only.",
    // Whoever holds a link can become the person that it is for.
    access: { kind: "person", capability: "manage", via: "session" },
    answers: {
      200: {
        description: "The open invitations.",
        schema: z.object({ invitations: z.array(invitationSchema) }),
      },
    },
  },
  async ({ c, env, now, person }) => {
    const open = await invitationsOf(env.DB, person.accountId, now);
    // An admin who saw an owner's invitation could sign up by it, and be an owner.
    const theirs = open.filter(({ roles }) => mayGrant(person, roles));
    return c.json({ invitations: theirs.map((each) => withLink(env, each)) });
  },
);

export const createInvitationRoute = route(
  {
    method: "post",
    path: "/api/dashboard/invitations",
    id: "createInvitation",
    tag: "Workspace",
    summary: "Invite someone",
    description:
      "Hand the link to the person; where mail is set up, it is mailed too, five times a day to one address and 200 times in all. It works for 7 days, once, for this address only, and takes the place of an earlier one.",
    access: { kind: "person", capability: "manage", via: "session" },
    body: createInvitationBodySchema,
    answers: {
      201: {
        description: "The invitation.",
        schema: z.object({ invitation: invitationSchema }),
      },
    },
    problems: ["CONFLICT"],
  },
  async ({ c, env, now, person, body }) => {
    requireMayGrant(person, body.roles);
    const invited = await invite(env.DB, person.accountId, person.userId, body, now);
    if (invited === undefined) throw new Problem("CONFLICT", { detail: "This person is a member already." });
    const linked = withLink(env, invited.invitation);
    if (invited.mayMail && takesMail(env)) sendLater(c, invitationMail(linked.email, linked));
    return c.json({ invitation: linked }, 201);
  },
);

export const cancelInvitationRoute = route(
  {
    method: "delete",
    path: "/api/dashboard/invitations/{id}",
    id: "cancelInvitation",
    tag: "Workspace",
    summary: "Take an invitation back",
    access: { kind: "person", capability: "manage" },
    params: z.object({ id: invitationIdSchema }),
    answers: {
      200: { description: "Its link is dead.", schema: z.object({ canceled: z.literal(true) }) },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params }) => {
    if (!(await cancelInvitation(env.DB, person.accountId, params.id))) throw new Problem("NOT_FOUND");
    return c.json({ canceled: true });
  },
);
