import { ArrowUp } from "lucide-react";

type NewRequestsProps = { count: number; isShort: boolean; onShow: () => void };

/** What has come since the list was first seen. It has a place that nothing else moves for. */
export function NewRequests({ count, isShort, onShow }: NewRequestsProps) {
  return (
    <div role="status">
      {count === 0 ? null : (
        <button
          type="button"
          onClick={onShow}
          className="flex h-7 items-center gap-1 rounded-full border border-waiting-line bg-waiting-soft px-2 text-12 font-medium whitespace-nowrap text-waiting"
        >
          <ArrowUp aria-hidden className="size-3.5 shrink-0" />
          {count} new{" "}
          <span className={isShort ? "sr-only" : undefined}>{count === 1 ? "request" : "requests"}</span>
        </button>
      )}
    </div>
  );
}
