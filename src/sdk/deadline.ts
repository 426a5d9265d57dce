import { BehalfError } from "./errors.ts";

/**
 * Runs `work` for at most `timeoutMs` and no longer than `signal` allows. Throws `BehalfError` with code
 * `TIMEOUT` or `ABORTED` then, even when the work itself pays no heed to the signal that it is given.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  // A timer that is set for longer than this fires at once.
  const ms = Math.min(timeoutMs, 2 ** 31 - 1);
  let stop: (error: BehalfError) => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = (error) => {
      controller.abort(error);
      reject(error);
    };
  });
  const onAbort = () => stop(aborted(signal));
  const timer = setTimeout(() => stop(timedOut(ms)), ms);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal?.aborted) throw aborted(signal);
    return await Promise.race([work(controller.signal), stopped]);
  } catch (error) {
    // Which of the two ends the race first is chance; what ended the work is not.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    // Lets go of a connection whose answer nobody reads any more.
    controller.abort();
  }
}

/** Waits for `ms` milliseconds. Throws `BehalfError` with code `ABORTED` when the signal says so. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw aborted(signal);
  let onAbort = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(aborted(signal));
      timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function timedOut(ms: number): BehalfError {
  return new BehalfError(`No complete answer came within ${ms} ms.`, {
    code: "TIMEOUT",
    hint: "Try again in a moment.",
  });
}

/** What a call ends with that its caller's signal ended. */
export function aborted(signal: AbortSignal | undefined): BehalfError {
  return new BehalfError("The call was aborted.", { code: "ABORTED", cause: signal?.reason });
}
