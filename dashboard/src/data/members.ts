import { queryOptions } from "@tanstack/react-query";
import * as z from "zod";
import {
  type createInvitationBodySchema,
  type Invitation,
  invitationSchema,
  type Member,
  memberSchema,
  type Role,
} from "../../../src/contract/people.ts";
import { api } from "../api.ts";

const memberPath = (userId: string) => `/api/dashboard/members/${encodeURIComponent(userId)}`;

/** Who is in the workspace, in the order in which they joined. */
export const membersQuery = queryOptions({
  queryKey: ["members"],
  queryFn: async ({ signal }) =>
    (await api.get("/api/dashboard/members", z.object({ members: z.array(memberSchema) }), { signal }))
      .members,
});

export async function editMember(userId: string, roles: readonly Role[]): Promise<Member> {
  return (await api.patch(memberPath(userId), { roles }, z.object({ member: memberSchema }))).member;
}

/** Puts a member out; for oneself, leaves. */
export async function removeMember(userId: string): Promise<void> {
  await api.delete(memberPath(userId), z.object({ removed: z.literal(true) }));
}

/** Invitations that nobody has accepted yet. */
export const invitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: async ({ signal }) => {
    const answer = z.object({ invitations: z.array(invitationSchema) });
    return (await api.get("/api/dashboard/invitations", answer, { signal })).invitations;
  },
});

export async function createInvitation(
  body: z.output<typeof createInvitationBodySchema>,
): Promise<Invitation> {
  return (await api.post("/api/dashboard/invitations", body, z.object({ invitation: invitationSchema })))
    .invitation;
}

export async function cancelInvitation(invitationId: string): Promise<void> {
  const path = `/api/dashboard/invitations/${encodeURIComponent(invitationId)}`;
  await api.delete(path, z.object({ canceled: z.literal(true) }));
}
