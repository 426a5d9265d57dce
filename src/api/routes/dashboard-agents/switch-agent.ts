import * as z from "zod";
import { agentSchema } from "../../../contract/agent.ts";
import { agentIdSchema } from "../../../contract/ids.ts";
import { setAgentStatus } from "../../../db/agents.ts";
import { agentIn } from "../../agent-with-permissions.ts";
import type { Call } from "../../operation.ts";
import { endOpenGrants } from "../../grant-permission.ts";
import { type Operation, route } from "../../operation.ts";

const shared = {
  method: "post",
  tag: "Agents",
  access: { kind: "person", capability: "build" },
  params: z.object({ id: agentIdSchema }),
  body: z.strictObject({}),
  answers: {
    200: { description: "The agent as it is now.", schema: z.object({ agent: agentSchema }) },
  },
  problems: ["NOT_FOUND"],
} as const satisfies Partial<Operation>;

async function switchAgent(
  { c, env, now, person, params }: Call<typeof shared & Pick<Operation, "path" | "id" | "summary">>,
  status: "active" | "disabled",
): Promise<Response> {
  await agentIn(c, person.accountId, params.id);
  // Also where it was off already: a second press of the switch ends what the first could not reach.
  await setAgentStatus(env.DB, person.accountId, params.id, status, now);
  await endOpenGrants(c, params.id);
  return c.json({ agent: await agentIn(c, person.accountId, params.id) });
}

export const enableAgentRoute = route(
  {
    ...shared,
    path: "/api/dashboard/agents/{id}/enable",
    id: "enableAgent",
    summary: "Switch an agent on",
    description: "Grants that were open when it was switched off stay void.",
  },
  (call) => switchAgent(call, "active"),
);

export const disableAgentRoute = route(
  {
    ...shared,
    path: "/api/dashboard/agents/{id}/disable",
    id: "disableAgent",
    summary: "Switch an agent off",
    description: "From this moment every verify of it is denied, and its open requests and grants are void.",
  },
  (call) => switchAgent(call, "disabled"),
);
