import type { ReactNode } from "react";

/** Names and values below each other. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="flex flex-col divide-y divide-line">{children}</dl>;
}

/** One fact: its name at the left, or above it where there is no room. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-9 flex-wrap items-baseline gap-x-4 gap-y-1 py-2">
      <dt className="w-36 shrink-0 text-12 text-muted">{name}</dt>
      <dd className="min-w-0 flex-1 basis-48 text-14">{children}</dd>
    </div>
  );
}
