import type { AgentApproval } from "../../../contract/approval.ts";
import type { AllowedPacket, ApprovalPacket, DecisionPacket } from "../../../contract/verify.ts";
import { toBase64Url } from "../../../crypto/encoding.ts";
import type { BehalfID } from "../../../sdk/client.ts";
import { BehalfError } from "../../../sdk/errors.ts";
import type { VerifyRequest } from "../../../sdk/verification.ts";
import { boundArguments } from "./bound-arguments.ts";
import type { ToolCall } from "./read-message.ts";
import { tellingProgress } from "./telling-progress.ts";

/** What the owner says about every call: whose tools they are, where it is done, and how long a person is waited for. */
export type GatewayFacts = Pick<VerifyRequest, "vendor" | "metadata"> & {
  server: string | undefined;
  wait: boolean | number;
};

/** `signal` ends everything, `leaving` only the waiting for a person. `tell` reaches the client. */
export type Asking = { signal: AbortSignal; leaving: AbortSignal; tell: (message: object) => void };

export type Connect = () => Promise<{ client: BehalfID; agentId: string }>;

/** How a call was decided. An allow has the key under which it is replayed. */
export type Decided =
  | { outcome: "allowed"; packet: AllowedPacket; key: string }
  | { outcome: "refused"; packet: Exclude<DecisionPacket, AllowedPacket>; approval?: AgentApproval };

/**
 * Asks whether a call may be made, and waits for a person where that is wanted. With `replays`, the key of an allow
 * that was used up by this same call, its record is asked for once more: no new use, and only while the facts allow it.
 * Throws when there is no decision.
 */
export async function decideCall(
  connect: Connect,
  facts: GatewayFacts,
  call: ToolCall,
  { signal, leaving, tell }: Asking,
  replays?: string,
): Promise<Decided> {
  const { client, agentId } = await connect();
  const { wait, metadata } = facts;
  const request: VerifyRequest = {
    agentId,
    ...deedOf(facts, call.name),
    metadata,
    arguments: await boundArguments(call.arguments),
    policyContext: { source: "mcp", toolName: call.name },
  };
  const ask = async (key: string): Promise<Decided> => {
    const packet = await client.verify(request, { idempotencyKey: key, signal });
    return packet.allowed ? { outcome: "allowed", packet, key } : { outcome: "refused", packet };
  };
  if (replays !== undefined) return ask(replays);
  const first = await ask(newKey());
  if (first.outcome === "allowed" || !first.packet.approvalRequired || wait === false) return first;
  const { packet } = first;
  const approval = await tellingProgress(call.progressToken, packet.approvalId, tell, () =>
    answerOf(client, packet, wait, AbortSignal.any([signal, leaving])),
  );
  if (approval === undefined) return first;
  if (approval.status !== "approved") return { ...first, approval };
  return ask(newKey());
}

/** What a call does, in the words of permissions: those of an agent's own hook, where the server has a name. */
export function deedOf(
  { server, vendor }: GatewayFacts,
  tool: string,
): { action: string; vendor: string | undefined } {
  if (server === undefined) return { action: `tool:${tool}`, vendor };
  return { action: "call_mcp_tool", vendor: `${server}/${tool}` };
}

/** What a person, or time, made of a request. Undefined when nobody has decided for as long as is waited. */
async function answerOf(
  client: BehalfID,
  { approvalId }: ApprovalPacket,
  wait: true | number,
  signal: AbortSignal,
): Promise<AgentApproval | undefined> {
  try {
    return await client.waitForApproval(approvalId, {
      signal,
      timeoutMs: wait === true ? undefined : wait,
    });
  } catch (error) {
    if (error instanceof BehalfError && error.code === "TIMEOUT") return undefined;
    throw error;
  }
}

function newKey(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(24)));
}
