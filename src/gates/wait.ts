import type { ApprovalStatus } from "../contract/approval.ts";
import type { ApprovalId } from "../contract/ids.ts";
import type { GateStub } from "./gate-name.ts";
import { type ApprovalState, isOpen } from "./transition.ts";

const reconnectMs = 250;
const crowdedMs = 2_000;

/**
 * Holds until the approval's status is another than `known`, for `timeoutMs` at most or until `signal` aborts,
 * and gives the approval as it is then. At once when the status is another already or cannot change any more.
 */
export async function waitForChange(
  gate: GateStub,
  approvalId: ApprovalId,
  timeoutMs: number,
  signal?: AbortSignal,
  known: ApprovalStatus = "pending",
): Promise<ApprovalState | undefined> {
  const over = new AbortController();
  const stop = () => over.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted === true) stop();
  try {
    for (;;) {
      const pauseMs = await held(gate, approvalId, known, over.signal);
      // Read anew each time: the time of the request's start does not tell what has expired since.
      const approval = await gate.read({ approvalId, now: Date.now() });
      const isOver = over.signal.aborted || approval === undefined || !isOpen(approval);
      if (isOver || approval.status !== known) return approval;
      await paused(pauseMs, over.signal);
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

// Until the gate says something, closes or refuses the socket, or the wait is over. Gives how long to keep off
// before asking again, should nothing have changed: the gate may have been restarted, or be crowded.
async function held(
  gate: GateStub,
  approvalId: ApprovalId,
  known: ApprovalStatus,
  over: AbortSignal,
): Promise<number> {
  if (over.aborted) return 0;
  const query = new URLSearchParams({ approvalId, known, now: String(Date.now()) });
  const response = await gate.fetch(`https://gate/wait?${query.toString()}`, {
    headers: { upgrade: "websocket" },
  });
  const socket = response.webSocket;
  if (socket === null) return crowdedMs;
  socket.accept();
  await new Promise<void>((resolve) => {
    const done = () => resolve();
    socket.addEventListener("message", done);
    socket.addEventListener("close", done);
    socket.addEventListener("error", done);
    over.addEventListener("abort", done);
    if (over.aborted) done();
  });
  socket.close(1000);
  return reconnectMs;
}

async function paused(ms: number, over: AbortSignal): Promise<void> {
  if (over.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    over.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
