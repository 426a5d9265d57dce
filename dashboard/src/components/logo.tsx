import { cx } from "../lib/cx.ts";

/** The mark: two posts and the bar between them that opens or stays shut. */
export function Logo({ className }: { className?: string }) {
  return (
    <span className={cx("inline-flex items-center gap-2 text-16 font-semibold", className)}>
      <svg viewBox="0 0 32 32" aria-hidden className="size-6 shrink-0">
        <rect width="32" height="32" rx="8" className="fill-accent" />
        <path
          d="M9 7v18M23 7v18M13 16h6"
          className="stroke-on-accent"
          strokeWidth="3"
          strokeLinecap="round"
        />
      </svg>
      BehalfID
    </span>
  );
}
