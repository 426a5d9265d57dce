import * as z from "zod";
import { type AgentId, agentIdSchema } from "../../../contract/ids.ts";
import { passportSchema } from "../../../contract/passport.ts";
import { actionRequest, explanationSchema, passportPreviewBodySchema } from "../../../contract/verify.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { explainedFactsOfAgent } from "../../../db/facts.ts";
import { passportHolder } from "../../../db/passports.ts";
import { explain } from "../../../decision/decide.ts";
import { explainedDecision } from "../../../decision/explained-decision.ts";
import { agentWithPermissions } from "../../agent-with-permissions.ts";
import type { AppContext } from "../../context.ts";
import { route } from "../../operation.ts";
import { passportTokenOf } from "../../passport-token.ts";
import { invalidRequest, Problem } from "../../problem.ts";
import { countFailedKey } from "../../rate-limit.ts";

const advisory =
  "This passport advises and does not enforce. It says what the agent may do; nothing here stops an agent that does not ask.";

async function holderOf(c: AppContext, agentId: AgentId) {
  const accountId = await passportHolder(c.env.DB, agentId, await hashSecret(passportTokenOf(c.req.raw)));
  // Unknown agent and wrong token answer alike, so ids cannot be probed.
  if (accountId === undefined) throw (await countFailedKey(c)) ?? new Problem("PASSPORT_TOKEN_REQUIRED");
  return accountId;
}

const params = z.object({ agentId: agentIdSchema });
const access = { kind: "own", scheme: "passport" } as const;

export const readPassportRoute = route(
  {
    method: "get",
    path: "/api/passport/{agentId}",
    id: "readPassport",
    tag: "Passport",
    summary: "What an agent may do",
    access,
    params,
    answers: { 200: { description: "The passport.", schema: passportSchema } },
    problems: ["PASSPORT_TOKEN_REQUIRED", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, now, params: { agentId } }) => {
    const accountId = await holderOf(c, agentId);
    const { agent, permissions } = await agentWithPermissions(c, accountId, agentId, "active");
    return c.json({
      agent: { agentId, name: agent.name, status: agent.status },
      permissions: permissions.map((permission) => ({
        action: permission.action,
        resource: permission.resource ?? null,
        description: permission.description ?? null,
        allowedActions: permission.allowedActions,
        blockedActions: permission.blockedActions,
        requiresApproval: permission.requiresApproval,
        constraints: permission.constraints,
      })),
      advisory,
      issuedAt: new Date(now).toISOString(),
    } satisfies z.input<typeof passportSchema>);
  },
);

export const previewPassportRoute = route(
  {
    method: "post",
    path: "/api/passport/{agentId}",
    id: "previewPassport",
    tag: "Passport",
    summary: "What would be decided",
    description: "A preview. Records nothing, opens no approval: it is not permission to act.",
    access,
    overload: "UNAVAILABLE",
    params,
    body: passportPreviewBodySchema,
    answers: { 200: { description: "The decision and its trace.", schema: explanationSchema } },
    problems: ["PASSPORT_TOKEN_REQUIRED", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, now, params: { agentId }, body }) => {
    const accountId = await holderOf(c, agentId);
    if (body.agentId !== undefined && body.agentId !== agentId)
      throw invalidRequest([{ field: "agentId", rule: "must be the agent of the passport, or be left out" }]);
    const request = actionRequest(body);
    const facts = await explainedFactsOfAgent(env.DB, accountId, agentId, request.action);
    if (facts === undefined) throw new Problem("PASSPORT_TOKEN_REQUIRED");
    const { decision, trace } = explain(request, facts, now);
    return c.json({ decision: explainedDecision(decision), trace });
  },
);
