import * as z from "zod";
import { accountIdSchema } from "../../../contract/ids.ts";
import { signedInSchema, workspaceSchema } from "../../../contract/people.ts";
import { enterWorkspace, workspacesOf } from "../../../db/members.ts";
import { route } from "../../operation.ts";
import { endWatching } from "../../people/end-watching.ts";
import { userAnswer } from "../../people/user-answer.ts";
import { Problem } from "../../problem.ts";

export const listWorkspacesRoute = route(
  {
    method: "get",
    path: "/api/auth/workspaces",
    id: "listWorkspaces",
    tag: "Signing in",
    summary: "Your workspaces",
    access: { kind: "session" },
    answers: {
      200: {
        description:
          "The workspaces that you are in, the one that you joined first first: there you sign in.",
        schema: z.object({ workspaces: z.array(workspaceSchema) }),
      },
    },
  },
  async ({ c, env, session: { userId } }) => c.json({ workspaces: await workspacesOf(env.DB, userId) }),
);

export const enterWorkspaceRoute = route(
  {
    method: "post",
    path: "/api/auth/workspaces/{id}/enter",
    id: "enterWorkspace",
    tag: "Signing in",
    summary: "Go to another of your workspaces",
    description:
      "Moves this session there. Your other sessions and your developer tokens stay where they are.",
    access: { kind: "session" },
    params: z.object({ id: accountIdSchema }),
    body: z.strictObject({}),
    answers: { 200: { description: "You, in that workspace.", schema: signedInSchema } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, session: { userId, sessionId, membership }, params }) => {
    if (!(await enterWorkspace(env.DB, userId, sessionId, params.id)))
      throw new Problem("NOT_FOUND", { detail: "You are in no such workspace." });
    endWatching(c, membership?.accountId);
    return userAnswer(c, userId, params.id);
  },
);
