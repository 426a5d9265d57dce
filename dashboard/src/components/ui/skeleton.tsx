import { cx } from "../../lib/cx.ts";

/** The shape of what comes. Its size is given by the class. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cx("block animate-pulse rounded-md bg-hover", className)} />;
}

/** Rows of a table or a list that is on its way. */
export function SkeletonRows({ rows = 6, label = "Loading" }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="divide-y divide-line">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="flex h-9 items-center gap-6 px-3">
          <Skeleton className="h-3 w-24" />
          <Skeleton className={cx("h-3", row % 2 === 0 ? "w-40" : "w-56")} />
          <Skeleton className="ml-auto h-3 w-16" />
        </div>
      ))}
    </div>
  );
}
