import type * as z from "zod";
import { actionRequest, explanationSchema, verifyBodySchema } from "../../../contract/verify.ts";
import { hashSecret } from "../../../crypto/secrets.ts";
import { explainedEnded, explainedFactsByKey } from "../../../db/facts.ts";
import { explain } from "../../../decision/decide.ts";
import { explainedDecision } from "../../../decision/explained-decision.ts";
import { agentKeyOf, keyMismatch } from "../../agent-key.ts";
import type { AppContext } from "../../context.ts";
import { route } from "../../operation.ts";
import { orFailClosed } from "../../verification.ts";

export const explainRoute = route(
  {
    method: "post",
    path: "/api/verify/explain",
    id: "explain",
    tag: "Decisions",
    summary: "See how a request would be decided",
    description: `The decision on the present facts, with every candidate permission and the first check that it failed. Records nothing, opens no approval, spends no grant: it is not permission to act. Of the candidates that have ended, the ${explainedEnded} newest are named.`,
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
  async ({ c, body }) => c.json(await orFailClosed(explained(c, body))),
);

async function explained(c: AppContext, body: z.infer<typeof verifyBodySchema>) {
  const now = c.get("now");
  const request = actionRequest(body);
  const keyHash = await hashSecret(agentKeyOf(c.req.raw));
  const facts = await explainedFactsByKey(c.env.DB, keyHash, request.action, now);
  if (facts === undefined || facts.agent.agentId !== body.agentId) throw await keyMismatch(c);
  const { decision, trace } = explain(request, facts, now);
  return { decision: explainedDecision(decision), trace };
}
