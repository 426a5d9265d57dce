import { idForm } from "../contract/id-forms.ts";
import { isInForce } from "../contract/permission-standing.ts";
import type { Answer, Transport } from "../sdk/transport.ts";

/** What a trace says of an agent. */
export type TracedAgent = { name: string; permissionCount: number };

/**
 * What a trace says of an agent, when that can be had. It is for show and decides nothing, so it is picked out of the
 * answer without the schemas that the SDK reads it by, which take long to load.
 */
export async function tracedAgent(
  transport: Transport,
  agentId: string,
  now: number,
  signal: AbortSignal,
): Promise<TracedAgent | undefined> {
  // An id that came from elsewhere, such as ../tokens, must not choose another route for a call with a credential.
  if (!idForm("agent").test(agentId)) return undefined;
  const path = `/api/agents/${agentId}`;
  const answer: Answer<TracedAgent> = { safeParse: (value) => picked(value, now) };
  try {
    return await transport.send({ method: "GET", path, as: "agent", answer, repeatable: true, signal });
  } catch {
    return undefined;
  }
}

function picked(value: unknown, now: number): ReturnType<Answer<TracedAgent>["safeParse"]> {
  const { agent, permissions } = value as {
    agent?: { name?: unknown };
    permissions?: Parameters<typeof isInForce>[0][];
  };
  if (typeof agent?.name !== "string" || !Array.isArray(permissions)) return { success: false };
  const permissionCount = permissions.filter((each) => isInForce(each, now)).length;
  return { success: true, data: { name: agent.name, permissionCount } };
}
