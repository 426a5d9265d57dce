import type { Agent } from "../../../../src/contract/agent.ts";
import type { ApprovalId } from "../../../../src/contract/ids.ts";
import type { QueryClient } from "@tanstack/react-query";
import {
  agentQuery,
  agentsKey,
  createAgent,
  newestAgents,
  rotateKey,
  switchAgent,
} from "../../data/agents.ts";
import { grantPermission } from "../../data/permissions.ts";

const name = "Sample agent";
const description = "Sends the sample request of the Approvals page. Nobody holds its key.";
const action = "deploy_sample";
const waitMs = 15 * 60_000;
const searched = 1000;

/**
 * Lets an agent of this workspace ask for something that nothing carries out, and go on when it is approved, as a
 * real one would. Its key is made anew each time, lives in this page's memory and is forgotten with it. Gives back
 * the request's id as soon as it waits.
 */
export async function sendSample(client: QueryClient): Promise<ApprovalId> {
  const { agentId, apiKey } = await sampleAgent(client);
  const { BehalfID } = await import("../../../../src/sdk/index.ts");
  const agent = new BehalfID({
    apiKey,
    agentId,
    baseUrl: window.location.origin,
    // The agent asks as itself: the person's session stays out of it.
    fetch: (input, init) => fetch(input, { ...init, credentials: "omit" }),
  });
  const request = {
    action,
    vendor: "example.com",
    // The moment makes it a request of its own: no open grant and no remembered denial answers it.
    arguments: {
      project: "storefront",
      commit: "9fceb02",
      note: "A sample. Nothing is deployed.",
      sentAt: new Date().toISOString(),
    },
    metadata: { environment: "production" },
  };
  return new Promise((waiting, failed) => {
    agent
      .guard(request, () => undefined, {
        wait: waitMs,
        onPending: ({ approvalId }) => waiting(approvalId),
      })
      // After the request waits, a verdict or a closed page ends the sample, and that is all.
      .then(
        () =>
          failed(new Error("The sample agent was allowed at once: it has a permission that asks nobody.")),
        failed,
      );
  });
}

async function sampleAgent(client: QueryClient): Promise<{ agentId: string; apiKey: string }> {
  const known = await knownSample(client);
  const { agent, apiKey } =
    known === undefined
      ? await createAgent({ name, description })
      : { agent: known.agent, apiKey: (await rotateKey(known.agent.agentId, 0)).apiKey };
  const { agentId, status } = agent;
  if (status === "disabled") await switchAgent(agentId, "enable");
  if (known?.mayAsk !== true)
    await grantPermission(agentId, {
      action,
      resource: "example.com",
      requiresApproval: true,
      description: "For the sample request. Nothing is behind it.",
    });
  await client.invalidateQueries({ queryKey: agentsKey });
  return { agentId, apiKey };
}

// Its key ends and it is switched on: an agent that somebody works with may have the same name, and is known by its
// description and by what else it may do.
async function knownSample(client: QueryClient): Promise<{ agent: Agent; mayAsk: boolean } | undefined> {
  for await (const agent of newestAgents(searched)) {
    if (agent.name !== name || agent.description !== description) continue;
    const { permissions } = await client.fetchQuery({ ...agentQuery(agent.agentId), staleTime: 0 });
    const active = permissions.filter(({ status }) => status === "active");
    if (active.every((permission) => permission.action === action && permission.requiresApproval))
      return { agent, mayAsk: active.length > 0 };
  }
  return undefined;
}
