import { CircleAlert } from "lucide-react";
import { ApiError } from "../api-error.ts";
import { cx } from "../lib/cx.ts";
import { Id } from "./id.tsx";

/** What failed, what to do, and the id to report it by: within a form, a dialog or a card. */
export function ErrorNotice({ error, className }: { error: Error; className?: string }) {
  const { sentence, hint, requestId } = described(error);
  return (
    <div
      role="alert"
      className={cx("flex gap-2 rounded-md border border-denied-line bg-denied-soft p-3 text-14", className)}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-denied" />
      <div className="flex min-w-0 flex-col gap-1">
        <p className="font-medium text-ink">{sentence}</p>
        {hint === undefined ? null : <p className="text-muted">{hint}</p>}
        {requestId === undefined ? null : <Id id={requestId} />}
      </div>
    </div>
  );
}

/** An error as a person should read it. The id is given only where something is broken and worth reporting. */
export function described(error: Error): { sentence: string; hint?: string; requestId?: string } {
  if (!(error instanceof ApiError)) return { sentence: error.message || "This page failed." };
  const { message, status, requestId, retryAfterSeconds } = error;
  const hint =
    status === 429 && retryAfterSeconds !== undefined
      ? `Try again in ${retryAfterSeconds} ${retryAfterSeconds === 1 ? "second" : "seconds"}.`
      : error.hint;
  return {
    sentence: message,
    ...(hint === undefined ? {} : { hint }),
    ...(requestId !== undefined && status >= 500 ? { requestId } : {}),
  };
}
