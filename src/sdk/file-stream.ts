import { aborted } from "./deadline.ts";
import type { BehalfError } from "./errors.ts";

/**
 * The bytes of a file as they arrive, and no faster than they are read. Errors with what `brokenOff` makes of its cause
 * when the file ends before its end, and with code `ABORTED` when the signal says so, at once.
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
          const { done, value } = await reader.read();
          // Told already, by the one that ended it.
          if (signal?.aborted) return;
          if (!done) return controller.enqueue(value);
          letGo();
          controller.close();
        } catch (cause) {
          letGo();
          controller.error(brokenOff(cause));
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
