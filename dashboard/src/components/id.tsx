import { Check, Copy, X } from "lucide-react";
import { useCopy } from "../lib/copy.ts";
import { cx } from "../lib/cx.ts";
import { CopyStatus } from "./copy-status.tsx";

/** An id, shortened in the middle and copied whole by a click. */
export function Id({ id, isFull = false, className }: { id: string; isFull?: boolean; className?: string }) {
  const { result, copy } = useCopy();
  return (
    <>
      <button
        type="button"
        title={id}
        onClick={(event) => {
          // The row around it opens on a click.
          event.stopPropagation();
          copy(id);
        }}
        className={cx(
          "group inline-flex max-w-full items-center gap-1 rounded-sm font-mono text-12 text-muted hover:text-ink",
          className,
        )}
      >
        <span className="truncate">{isFull ? id : shortened(id)}</span>
        <span className="sr-only">, copy</span>
        {result === "copied" ? (
          <Check aria-hidden className="size-3 shrink-0 text-allowed" />
        ) : result === "failed" ? (
          <X aria-hidden className="size-3 shrink-0 text-denied" />
        ) : (
          <Copy
            aria-hidden
            className="size-3 shrink-0 opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100"
          />
        )}
      </button>
      <CopyStatus result={result} />
    </>
  );
}

/** `apr_V1StGXR8_Z5jdHi6B-myT` as `apr_V1St…-myT`. */
export function shortened(id: string): string {
  const start = id.indexOf("_") + 5;
  return id.length <= start + 6 ? id : `${id.slice(0, start)}…${id.slice(-4)}`;
}
