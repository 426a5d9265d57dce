import { aborted, withDeadline } from "./deadline.ts";
import { BehalfError } from "./errors.ts";

// A server may look through a long record before it finds the next entry that was asked for.
const stalledMinutes = 5;

/**
 * The bytes of a file as they arrive, and no faster than they are read. Errors with what `brokenOff` makes of its cause
 * when the file ends before its end, with code `TIMEOUT` when nothing came for five minutes of waiting, and
 * with code `ABORTED` when the signal says so, at once.
 */
export function fileStream(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
  brokenOff: (cause: unknown) => BehalfError,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let onAbort = () => {};
  // A signal may live as long as its program: what is over must not stay with it.
  const letGo = () => signal?.removeEventListener("abort", onAbort);
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        onAbort = () => {
          letGo();
          controller.error(aborted(signal));
          // Of a connection that is gone already there is nothing to end.
          reader.cancel().catch(() => undefined);
        };
        signal?.addEventListener("abort", onAbort);
        if (signal?.aborted) onAbort();
      },
      async pull(controller) {
        try {
          const { done, value } = await withDeadline(stalledMinutes * 60_000, undefined, () => reader.read());
          // Told already, by the one that ended it.
          if (signal?.aborted) return;
          if (!done) return controller.enqueue(value);
          letGo();
          controller.close();
        } catch (cause) {
          letGo();
          const isStalled = cause instanceof BehalfError && cause.code === "TIMEOUT";
          controller.error(isStalled ? stalled() : brokenOff(cause));
          reader.cancel().catch(() => undefined);
        }
      },
      cancel(reason) {
        letGo();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function stalled(): BehalfError {
  return new BehalfError(`The file stalled: nothing of it came for ${stalledMinutes} minutes.`, {
    code: "TIMEOUT",
    hint: "Try again in a moment.",
  });
}
