import type { PermissionId } from "../contract/ids.ts";
import { replayWindowMs, type DecisionPacket } from "../contract/verify.ts";

/** How long an Idempotency-Key is remembered, in milliseconds. After that it is as good as new. */
export const keyMemoryMs = 24 * 3_600_000;

/** What a request was answered under an Idempotency-Key. `at` is when the key was first used. */
export type Answer = { bodyHash: string; packet: DecisionPacket; epoch: number; at: number };

/**
 * For what reason the facts would allow the request now; null when they would not. `approval_denied`: they would with a
 * person's grant, and a person refused it.
 */
export type AllowedNow = {
  reasonCode: "allowed" | "allowed_by_grant" | "approval_denied";
  permissionId: PermissionId;
  epoch: number;
  /** A grant was spent for this request already, and nobody else will be told of it. */
  hasSpent?: boolean;
} | null;

/** `keyUsedAt` is when the key was first used: now, unless the facts have changed since it was. */
export type RetryVerdict =
  { kind: "fresh"; keyUsedAt: number } | { kind: "replay"; packet: DecisionPacket } | { kind: "conflict" };

/**
 * What a request with an Idempotency-Key gets: the answer that the key has, a fresh one, or a refusal. An
 * answer that allowed is given again only while the facts would still allow it for the same reason under the
 * same permission; one to wait, while they would still ask a person under it, and until a grant came of it. Whoever was
 * told to wait would wait for what is void. A denial is safe to repeat. A key does not become a second use.
 */
export function verdictOnRetry(
  stored: Answer | undefined,
  bodyHash: string,
  allowedNow: AllowedNow,
  now: number,
): RetryVerdict {
  if (stored === undefined || stored.at + keyMemoryMs <= now) return { kind: "fresh", keyUsedAt: now };
  if (stored.bodyHash !== bodyHash || stored.at + replayWindowMs <= now) return { kind: "conflict" };
  const { packet, epoch, at } = stored;
  return isStillTrue(packet, epoch, allowedNow)
    ? { kind: "replay", packet }
    : { kind: "fresh", keyUsedAt: at };
}

function isStillTrue(packet: DecisionPacket, epoch: number, allowedNow: AllowedNow): boolean {
  if (!packet.allowed && !packet.approvalRequired) return true;
  if (allowedNow?.permissionId !== packet.permissionId || allowedNow.epoch !== epoch) return false;
  if (packet.allowed) return allowedNow.reasonCode === packet.reasonCode;
  // Two tries at the same time: one was told to wait, the other one has spent what a person gave meanwhile.
  return allowedNow.reasonCode !== "allowed" && allowedNow.hasSpent !== true;
}
