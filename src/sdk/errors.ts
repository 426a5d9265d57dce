import type { ProblemCode } from "../contract/problem.ts";
import type { ApprovalPacket, DeniedPacket } from "../contract/verify.ts";

/** Codes that the SDK itself gives, beside those that the server answers with. */
export type ClientErrorCode =
  | "INVALID_OPTIONS"
  | "NETWORK_ERROR"
  | "TIMEOUT"
  | "ABORTED"
  | "REDIRECT_REFUSED"
  | "INVALID_RESPONSE"
  | "HTTP_ERROR"
  | "DENIED"
  | "APPROVAL_REQUIRED"
  | "INVALID_SIGNATURE";

/** A server may know codes that this version of the SDK does not: a code is any text. */
export type ErrorCode = ProblemCode | ClientErrorCode | (string & {});

export type BehalfErrorDetails = {
  code: ErrorCode;
  status?: number | undefined;
  requestId?: string | undefined;
  hint?: string | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
};

/**
 * Everything that the SDK throws. Nothing in it holds a key, a token or a secret, so it may be logged as it is.
 * Whatever is thrown, the action was not allowed.
 */
export class BehalfError extends Error {
  override readonly name: string = "BehalfError";
  /** What happened, for programs. */
  readonly code: ErrorCode;
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** The id under which the server knows the request. */
  readonly requestId: string | undefined;
  /** What to do about it, for people. */
  readonly hint: string | undefined;
  /** How long the server asks to wait, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, details: BehalfErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.hint = details.hint;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** Whether the next attempt may go better: a lost connection, a server that restarts or errs, too many polls. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof BehalfError)) return false;
  const isNetwork = error.code === "NETWORK_ERROR" || error.code === "TIMEOUT";
  return isNetwork || error.status === 429 || (error.status !== undefined && error.status >= 500);
}

/** The action is denied. `guard` throws it instead of running the action. */
export class BehalfDeniedError extends BehalfError {
  override readonly name = "BehalfDeniedError";
  readonly packet: DeniedPacket;

  constructor(packet: DeniedPacket) {
    super(packet.reason, { code: "DENIED", requestId: packet.requestId, hint: packet.comment });
    this.packet = packet;
  }
}

/** A person has to approve the action first. `guard` throws it instead of running the action. */
export class BehalfApprovalRequiredError extends BehalfError {
  override readonly name = "BehalfApprovalRequiredError";
  readonly packet: ApprovalPacket;

  constructor(packet: ApprovalPacket, hint = `Approve it at ${packet.approvalUrl}, then ask again.`) {
    super(packet.reason, { code: "APPROVAL_REQUIRED", requestId: packet.requestId, hint });
    this.packet = packet;
  }
}
