import * as z from "zod";
import { agentIdSchema, type PermissionId } from "../../../contract/ids.ts";
import {
  draftPermissionId,
  explainDraftBodySchema,
  type PermissionSpec,
} from "../../../contract/permission.ts";
import { actionRequest, explanationSchema } from "../../../contract/verify.ts";
import { explainedFactsOfAgent, permissionFacts } from "../../../db/facts.ts";
import { permissionOfAccount } from "../../../db/permissions.ts";
import { explain } from "../../../decision/decide.ts";
import { explainedDecision } from "../../../decision/explained-decision.ts";
import type { PermissionFacts } from "../../../decision/facts.ts";
import { requireSavable } from "../../grant-permission.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";

export const explainDraftRoute = route(
  {
    method: "post",
    path: "/api/dashboard/agents/{id}/explain",
    id: "explainDraft",
    tag: "Agents",
    summary: "Try a change of permissions with a sample request",
    description:
      "How the request would be decided with the agent's present permissions, with `draft` beside them and without the one that it replaces. Records nothing, changes nothing, opens no approval and spends no grant: it is not permission to act.",
    access: { kind: "person", capability: "read" },
    params: z.object({ id: agentIdSchema }),
    body: explainDraftBodySchema,
    answers: { 200: { description: "The decision and its trace.", schema: explanationSchema } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, now, person: { accountId }, params, body: { draft, replaces, ...body } }) => {
    const request = actionRequest(body.request);
    // What could not be saved is not previewed.
    if (draft !== undefined) requireSavable(draft, now);
    const [facts, replaced] = await Promise.all([
      explainedFactsOfAgent(env.DB, accountId, params.id, request.action),
      replaces && permissionOfAccount(env.DB, accountId, replaces),
    ]);
    if (facts === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such agent." });
    if (replaces !== undefined && replaced?.agentId !== params.id)
      throw new Problem("NOT_FOUND", { detail: "There is no such permission of this agent." });
    const permissions = changed(facts.permissions, draft, replaces, now);
    const { decision, trace } = explain(request, { ...facts, permissions }, now);
    return c.json({ decision: explainedDecision(decision), trace });
  },
);

// As the facts would be read after the change.
function changed(
  present: readonly PermissionFacts[],
  draft: PermissionSpec | undefined,
  replaces: PermissionId | undefined,
  now: number,
): PermissionFacts[] {
  const after = present.map((each) =>
    each.permissionId === replaces ? { ...each, status: "revoked" as const } : each,
  );
  return draft === undefined ? after : [...after, permissionFacts(draftPermissionId, true, now, draft)];
}
