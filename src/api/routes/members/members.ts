import * as z from "zod";
import { type UserId, userIdSchema } from "../../../contract/ids.ts";
import { editMemberBodySchema, mayDo, memberSchema, type Role } from "../../../contract/people.ts";
import { memberOf, membersOf, removeMember, setRoles } from "../../../db/members.ts";
import { route } from "../../operation.ts";
import type { AppContext } from "../../context.ts";
import { endWatching } from "../../people/end-watching.ts";
import { type Person, requireCapability } from "../../people/person.ts";
import { requireMayGrant } from "../../people/rank.ts";
import { Problem } from "../../problem.ts";

export const listMembersRoute = route(
  {
    method: "get",
    path: "/api/dashboard/members",
    id: "listMembers",
    tag: "Workspace",
    summary: "Who is in the workspace",
    access: { kind: "person", capability: "read" },
    answers: {
      200: {
        description: "The members, in the order in which they joined.",
        schema: z.object({ members: z.array(memberSchema) }),
      },
    },
  },
  async ({ c, env, person }) => c.json({ members: await membersOf(env.DB, person.accountId) }),
);

export const editMemberRoute = route(
  {
    method: "patch",
    path: "/api/dashboard/members/{id}",
    id: "editMember",
    tag: "Workspace",
    summary: "Change a member's roles",
    description:
      "Holds from the member's next request on. Only owners make owners and change them, and a workspace keeps one.",
    access: { kind: "person", capability: "manage", via: "session" },
    params: z.object({ id: userIdSchema }),
    body: editMemberBodySchema,
    answers: {
      200: { description: "The member.", schema: z.object({ member: memberSchema }) },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, env, person, params, body: { roles } }) => {
    requireMayGrant(person, roles);
    const { accountId } = person;
    if (!(await setRoles(env.DB, accountId, params.id, roles, person.userId)))
      throw await whyNot(c, person, params.id, roles);
    endWatching(c, accountId);
    const member = await memberOf(env.DB, accountId, params.id);
    if (member === undefined) throw new Problem("NOT_FOUND");
    return c.json({ member });
  },
);

export const removeMemberRoute = route(
  {
    method: "delete",
    path: "/api/dashboard/members/{id}",
    id: "removeMember",
    tag: "Workspace",
    summary: "Put a member out of the workspace, or leave it",
    description:
      "Their sessions and developer tokens open nothing in it from this moment. Everyone may leave; the last owner cannot.",
    access: { kind: "person", capability: "read", via: "session" },
    params: z.object({ id: userIdSchema }),
    answers: {
      200: { description: "They are out.", schema: z.object({ removed: z.literal(true) }) },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, env, person, params }) => {
    const isLeaving = params.id === person.userId;
    if (!isLeaving) requireCapability(person, "manage");
    if (!(await removeMember(env.DB, person.accountId, params.id, person.userId)))
      throw await whyNot(c, person, params.id);
    endWatching(c, person.accountId);
    return c.json({ removed: true });
  },
);

async function whyNot(
  { env }: AppContext,
  { accountId, userId: by }: Person,
  userId: UserId,
  given: readonly Role[] = [],
): Promise<Problem> {
  const [member, changer] = await Promise.all([
    memberOf(env.DB, accountId, userId),
    memberOf(env.DB, accountId, by),
  ]);
  if (member === undefined) return new Problem("NOT_FOUND");
  const held = changer?.roles ?? [];
  if (!mayDo(held, "manage")) return new Problem("FORBIDDEN");
  if ([...member.roles, ...given].includes("owner") && !held.includes("owner"))
    return new Problem("FORBIDDEN", {
      detail: "Only an owner can change an owner.",
      hint: "Ask an owner of the workspace.",
    });
  return new Problem("CONFLICT", {
    detail: "This is the workspace's last owner.",
    hint: "Make someone else an owner first.",
  });
}
