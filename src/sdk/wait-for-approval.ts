import { agentApprovalSchema, type AgentApproval } from "../contract/approval.ts";
import { approvalIdSchema } from "../contract/ids.ts";
import { pause, withDeadline } from "./deadline.ts";
import { BehalfError, isPassing } from "./errors.ts";
import { idOf } from "./input.ts";
import type { Transport } from "./transport.ts";

export type WaitOptions = {
  /** How long to wait in all, in milliseconds. Until the request itself expires when it is not given. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
};

/** The answer of a person, or of time: an approval that is no longer pending. */
export type SettledApproval = AgentApproval & { status: Exclude<AgentApproval["status"], "pending"> };

const maxHoldSeconds = 55;
const minPollMs = 1000;
const maxFailedPolls = 8;

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

function isSettled(approval: AgentApproval): approval is SettledApproval {
  return approval.status !== "pending";
}
