import { actionRequest, explanationSchema, verifyBodySchema } from "../../../contract/verify.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { factsByKey } from "../../../db/facts.ts";
import { explain } from "../../../decision/decide.ts";
import { explainedDecision } from "../../../decision/explained-decision.ts";
import { agentKeyOf, keyMismatch } from "../../agent-key.ts";
import { route } from "../../operation.ts";

export const explainRoute = route(
  {
    method: "post",
    path: "/api/verify/explain",
    id: "explain",
    tag: "Decisions",
    summary: "See how a request would be decided",
    description:
      "The decision on the present facts, with every candidate permission and the first check that it failed. Records nothing, opens no approval, spends no grant: it is not permission to act.",
    access: { kind: "own", scheme: "agentKey" },
    overload: "VERIFY_FAILED_CLOSED",
    body: verifyBodySchema,
    answers: { 200: { description: "The decision and its trace.", schema: explanationSchema } },
    problems: [
      "AGENT_AUTH_REQUIRED",
      "AGENT_API_KEY_MISMATCH",
      "RATE_LIMIT_EXCEEDED",
      "VERIFY_FAILED_CLOSED",
    ],
  },
  async ({ c, env, now, body }) => {
    const request = actionRequest(body);
    const keyHash = await hashSecret(agentKeyOf(c.req.raw));
    const facts = await factsByKey(env.DB, keyHash, request.action, now);
    if (facts === undefined || facts.agent.agentId !== body.agentId) throw await keyMismatch(c);
    const { decision, trace } = explain(request, facts, now);
    return c.json({ decision: explainedDecision(decision), trace });
  },
);
