import type * as z from "zod";
import type { AgentApproval } from "../contract/approval.ts";
import { agentApprovalSchema } from "../contract/approval.ts";
import { approvalIdSchema } from "../contract/ids.ts";
import { reasons } from "../contract/reasons.ts";
import {
  explanationSchema,
  limits,
  packetSchema,
  type AllowedPacket,
  type ApprovalPacket,
  type DecisionPacket,
  type DeniedPacket,
  type Explanation,
  type VerifyBody,
} from "../contract/verify.ts";
import { toBase64Url } from "../crypto/encoding.ts";
import { pause, withDeadline } from "./deadline.ts";
import { BehalfApprovalRequiredError, BehalfDeniedError, BehalfError } from "./errors.ts";
import { idOf, jsonText } from "./input.ts";
import type { Transport } from "./transport.ts";

/** What is asked for. `agentId` may be left out when the client was given one. */
export type VerifyRequest = Omit<VerifyBody, "agentId"> & { agentId?: string | undefined };

export type VerifyOptions = {
  /** The name of this one request. A new one is made for each call; give one to repeat a call across restarts. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
};

export type WaitOptions = {
  /** How long to wait in all, in milliseconds. Until the request itself expires when it is not given. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
};

export type GuardOptions = {
  /** Whether to wait for a person's answer: `true` until the request expires, or a number of milliseconds. */
  wait?: boolean | number | undefined;
  signal?: AbortSignal | undefined;
  /** Called once when a person has to decide, before the waiting starts. Tell them, with `approvalUrl`. */
  onPending?: ((packet: ApprovalPacket) => void | Promise<void>) | undefined;
};

/** The answer of a person, or of time: an approval that is no longer pending. */
export type SettledApproval = AgentApproval & { status: Exclude<AgentApproval["status"], "pending"> };

const maxHoldSeconds = 55;
const minPollMs = 1000;
const maxFailedPolls = 8;
const maxAnswerBytes = 1024 * 1024;

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
    answer: packetSchema satisfies z.ZodType<DecisionPacket>,
    statuses: [200],
    maxBytes: maxAnswerBytes,
    idempotencyKey: idempotencyKeyOf(options.idempotencyKey),
    repeatable: true,
    signal: options.signal,
  });
}

/** Asks what would be decided and why. Decides nothing and is on no record. */
export async function explain(
  transport: Transport,
  request: VerifyRequest,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Explanation> {
  return transport.send({
    method: "POST",
    path: "/api/verify/explain",
    body: requestText(transport, request),
    as: "agent",
    answer: explanationSchema,
    statuses: [200],
    repeatable: true,
    signal: options.signal,
  });
}

/** Waits until an approval is no longer pending. Throws `BehalfError` with code `TIMEOUT` when time is up. */
export async function waitForApproval(
  transport: Transport,
  approvalId: string,
  options: WaitOptions = {},
): Promise<SettledApproval> {
  const path = `/api/approvals/${idOf(approvalIdSchema, "approvalId", approvalId)}`;
  const timeoutMs = options.timeoutMs ?? Number.POSITIVE_INFINITY;
  if (!(timeoutMs >= 0)) throw new BehalfError("timeoutMs must be 0 or more.", { code: "INVALID_REQUEST" });
  const until = performance.now() + timeoutMs;
  for (let failures = 0; ;) {
    const startedAt = performance.now();
    const leftSeconds = Math.floor((until - startedAt) / 1000);
    const hold = Math.max(1, Math.min(maxHoldSeconds, leftSeconds));
    try {
      const approval = await withDeadline(until - startedAt + minPollMs, options.signal, (signal) =>
        transport.send({
          method: "GET",
          path,
          query: { wait: hold },
          as: "agent",
          answer: agentApprovalSchema,
          heldMs: hold * 1000,
          repeatable: true,
          signal,
        }),
      );
      if (isSettled(approval)) return approval;
      failures = 0;
    } catch (error) {
      // A person may take hours. A restart or a bad minute in between must not end the waiting.
      failures++;
      if (!isPassing(error) || failures === maxFailedPolls) throw error;
    }
    const now = performance.now();
    // A server that answers at once instead of holding the answer must not be asked in a tight loop.
    const next = Math.max(now, startedAt + minPollMs * 2 ** Math.min(failures, 5));
    if (next >= until)
      throw new BehalfError("The approval is still pending.", {
        code: "TIMEOUT",
        hint: "Do not execute the action. Wait again, or ask the approver.",
      });
    await pause(next - now, options.signal);
  }
}

/**
 * Runs `run` if and only if the action is allowed, and gives back what it returns. Throws otherwise, and `run`
 * is not called. With `wait`, a person's approval is waited for and the same request is verified anew.
 */
export async function guard<T>(
  transport: Transport,
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
  const approval = await answerOf(transport, first, options);
  if (approval.status === "denied") throw new BehalfDeniedError(deniedBy(first, approval));
  if (approval.status !== "approved")
    throw new BehalfApprovalRequiredError(first, `The request is ${approval.status}. Ask again.`);

  const second = await decide(transport, asked, { signal });
  if (second.allowed) return run(second);
  throw second.approvalRequired ? new BehalfApprovalRequiredError(second) : new BehalfDeniedError(second);
}

async function answerOf(
  transport: Transport,
  packet: ApprovalPacket,
  { wait, signal }: GuardOptions,
): Promise<SettledApproval> {
  const timeoutMs = typeof wait === "number" ? wait : undefined;
  try {
    return await waitForApproval(transport, packet.approvalId, { timeoutMs, signal });
  } catch (error) {
    if (error instanceof BehalfError && error.code === "TIMEOUT")
      throw new BehalfApprovalRequiredError(packet);
    throw error;
  }
}

// Said from the approval instead of asking again: where denials are not remembered, asking again would put the
// same request in front of the same person.
function deniedBy(packet: ApprovalPacket, approval: AgentApproval): DeniedPacket {
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

function requestText(transport: Transport, request: VerifyRequest): string {
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

function isSettled(approval: AgentApproval): approval is SettledApproval {
  return approval.status !== "pending";
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof BehalfError)) return false;
  const isNetwork = error.code === "NETWORK_ERROR" || error.code === "TIMEOUT";
  return isNetwork || error.status === 429 || (error.status !== undefined && error.status >= 500);
}
