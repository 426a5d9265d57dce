import * as z from "zod";
import { agentIdSchema } from "../../../contract/ids.ts";
import { issuedPassportSchema } from "../../../contract/passport.ts";
import { hashSecret, newPassportToken } from "../../../crypto/secrets.ts";
import { issuePassport, revokePassport } from "../../../db/passports.ts";
import { agentIn } from "../../agent-with-permissions.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";

const shared = {
  path: "/api/dashboard/agents/{id}/passport",
  tag: "Passport",
  access: { kind: "person", capability: "build" },
  params: z.object({ id: agentIdSchema }),
} as const;

export const issuePassportRoute = route(
  {
    ...shared,
    method: "post",
    id: "issuePassport",
    summary: "Make the agent's passport",
    description: "The link is shown in this answer and never again; an earlier one ends.",
    body: z.strictObject({}),
    answers: { 201: { description: "The token and its link.", schema: issuedPassportSchema } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, now, person, params: { id: agentId } }) => {
    await agentIn(c, person.accountId, agentId);
    const token = newPassportToken();
    await issuePassport(env.DB, person, agentId, await hashSecret(token), now);
    // In the fragment: no server, proxy or Referer header sees it.
    return c.json({ agentId, token, url: `${env.PUBLIC_URL}/passport/${agentId}#${token}` }, 201);
  },
);

export const revokePassportRoute = route(
  {
    ...shared,
    method: "delete",
    id: "revokePassport",
    summary: "End the agent's passport",
    answers: {
      200: { description: "It has ended.", schema: z.object({ revoked: z.literal(true) }) },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params }) => {
    await agentIn(c, person.accountId, params.id);
    if (!(await revokePassport(env.DB, person.accountId, params.id)))
      throw new Problem("NOT_FOUND", { detail: "This agent has no passport." });
    return c.json({ revoked: true });
  },
);
