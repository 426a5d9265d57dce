import type { AgentApproval } from "../contract/approval.ts";
import { limits } from "../contract/limits.ts";
import { readPacket } from "../contract/read-packet.ts";
import { reasons } from "../contract/reason-table.ts";
import type {
  AllowedPacket,
  ApprovalPacket,
  DecisionPacket,
  DeniedPacket,
  VerifyBody,
} from "../contract/verify.ts";
import { toBase64Url } from "../crypto/encoding.ts";
import { BehalfApprovalRequiredError, BehalfDeniedError, BehalfError } from "./errors.ts";
import { jsonText } from "./input.ts";
import type { Answer, Transport } from "./transport.ts";
import type { SettledApproval, waitForApproval } from "./wait-for-approval.ts";

/** What is asked for. `agentId` may be left out when the client was given one. */
export type VerifyRequest = Omit<VerifyBody, "agentId"> & { agentId?: string | undefined };

export type VerifyOptions = {
  /** The name of this one request. A new one is made for each call; give one to repeat a call across restarts. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
};

export type GuardOptions = {
  /** Whether to wait for a person's answer: `true` until the request expires, or a number of milliseconds. */
  wait?: boolean | number | undefined;
  signal?: AbortSignal | undefined;
  /** Called once when a person has to decide, before the waiting starts. Tell them, with `approvalUrl`. */
  onPending?: ((packet: ApprovalPacket) => void | Promise<void>) | undefined;
};

const maxAnswerBytes = 1024 * 1024;

const packet: Answer<DecisionPacket> = {
  safeParse: (value) => {
    const data = readPacket(value);
    return data === undefined ? { success: false } : { success: true, data };
  },
};

/** Asks for a decision. One call is one use, however often the network makes it be sent. */
export async function verify(
  transport: Transport,
  request: VerifyRequest,
  options: VerifyOptions = {},
): Promise<DecisionPacket> {
  return decide(transport, requestText(transport, request), options);
}

function decide(transport: Transport, body: string, options: VerifyOptions): Promise<DecisionPacket> {
  return transport.send({
    method: "POST",
    path: "/api/verify",
    body,
    as: "agent",
    answer: packet,
    statuses: [200],
    maxBytes: maxAnswerBytes,
    idempotencyKey: idempotencyKeyOf(options.idempotencyKey),
    repeatable: true,
    signal: options.signal,
  });
}

/**
 * Runs `run` if and only if the action is allowed, and gives back what it returns. Throws otherwise, and `run`
 * is not called. With `wait`, a person's approval is waited for, by `waiter`, and the same request is verified anew.
 */
export async function guard<T>(
  transport: Transport,
  waiter: typeof waitForApproval,
  request: VerifyRequest,
  run: (packet: AllowedPacket) => T | Promise<T>,
  options: GuardOptions = {},
): Promise<T> {
  // Taken once: what is verified after the approval is what was asked before it, whatever became of the object.
  const asked = requestText(transport, request);
  const { signal } = options;
  const first = await decide(transport, asked, { signal });
  if (first.allowed) return run(first);
  if (!first.approvalRequired) throw new BehalfDeniedError(first);
  if (options.wait === undefined || options.wait === false) throw new BehalfApprovalRequiredError(first);

  await options.onPending?.(first);
  const approval = await answerOf(transport, waiter, first, options);
  if (approval.status === "denied") throw new BehalfDeniedError(deniedBy(first, approval));
  if (approval.status !== "approved")
    throw new BehalfApprovalRequiredError(first, `The request is ${approval.status}. Ask again.`);

  const second = await decide(transport, asked, { signal });
  if (second.allowed) return run(second);
  throw second.approvalRequired ? new BehalfApprovalRequiredError(second) : new BehalfDeniedError(second);
}

async function answerOf(
  transport: Transport,
  waiter: typeof waitForApproval,
  packet: ApprovalPacket,
  { wait, signal }: GuardOptions,
): Promise<SettledApproval> {
  const timeoutMs = typeof wait === "number" ? wait : undefined;
  try {
    return await waiter(transport, packet.approvalId, { timeoutMs, signal });
  } catch (error) {
    if (error instanceof BehalfError && error.code === "TIMEOUT")
      throw new BehalfApprovalRequiredError(packet);
    throw error;
  }
}

/**
 * The denial of a request that a person has just denied. Said from the approval instead of asking again: where denials
 * are not remembered, asking again would put the same request in front of the same person.
 */
export function deniedBy(packet: ApprovalPacket, approval: AgentApproval): DeniedPacket {
  const reason = reasons.approval_denied;
  return {
    requestId: packet.requestId,
    allowed: false,
    approvalRequired: false,
    reason: reason.sentence,
    risk: reason.risk,
    reasonCode: "approval_denied",
    permissionId: packet.permissionId,
    nextAction: "stop",
    ...(approval.comment === null ? {} : { comment: approval.comment }),
  };
}

/** A request as it is sent. */
export function requestText(transport: Transport, request: VerifyRequest): string {
  return jsonText({ ...request, agentId: request.agentId ?? transport.agentId });
}

function idempotencyKeyOf(given: string | undefined): string {
  if (given === undefined) return toBase64Url(crypto.getRandomValues(new Uint8Array(24)));
  if (!/^[\x21-\x7e]+$/.test(given) || given.length > limits.idempotencyKeyCharacters)
    throw new BehalfError(
      `idempotencyKey must have 1 to ${limits.idempotencyKeyCharacters} visible ASCII characters.`,
      { code: "INVALID_REQUEST" },
    );
  return given;
}
