import type { ApprovalId } from "../../../../src/contract/ids.ts";
import type { QueryClient } from "@tanstack/react-query";
import {
  agentListQuery,
  agentQuery,
  agentsKey,
  createAgent,
  rotateKey,
  switchAgent,
} from "../../data/agents.ts";
import { grantPermission } from "../../data/permissions.ts";

const name = "Sample agent";
const action = "deploy_sample";
const waitMs = 15 * 60_000;

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
    arguments: { project: "storefront", commit: "9fceb02", note: "A sample. Nothing is deployed." },
    metadata: { environment: "production" },
  };
  return new Promise((waiting, failed) => {
    agent
      .guard(request, () => undefined, {
        wait: waitMs,
        onPending: ({ approvalId }) => waiting(approvalId),
      })
      // After the request waits, a denial or a closed page ends the sample, and that is all.
      .catch(failed);
  });
}

async function sampleAgent(client: QueryClient): Promise<{ agentId: string; apiKey: string }> {
  const { pages } = await client.fetchInfiniteQuery({ ...agentListQuery, staleTime: 0 });
  const known = pages.flatMap(({ agents }) => agents).find((agent) => agent.name === name);
  const made =
    known === undefined
      ? await createAgent({
          name,
          description: "Sends the sample request of the Approvals page. Nobody holds its key.",
        })
      : { agent: known, apiKey: (await rotateKey(known.agentId, 0)).apiKey };
  const { agentId, status } = made.agent;
  if (status === "disabled") await switchAgent(agentId, "enable");
  const { permissions } = await client.fetchQuery({ ...agentQuery(agentId), staleTime: 0 });
  const isReady = permissions.some(
    (permission) =>
      permission.status === "active" && permission.action === action && permission.requiresApproval,
  );
  if (!isReady)
    await grantPermission(agentId, {
      action,
      resource: "example.com",
      requiresApproval: true,
      description: "For the sample request. Nothing is behind it.",
    });
  await client.invalidateQueries({ queryKey: agentsKey });
  return { agentId, apiKey: made.apiKey };
}
