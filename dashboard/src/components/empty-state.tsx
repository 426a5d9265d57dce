import type { ReactNode } from "react";

type EmptyStateProps = {
  icon: ReactNode;
  title: string;
  /** What will be here, and what makes it come. */
  children: ReactNode;
  action?: ReactNode;
};

/** Nothing is here yet: says what will be, and how. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className="flex flex-col items-center gap-4 rounded-lg border border-dashed border-line-strong px-4 py-12 text-center">
      <span
        aria-hidden
        className="flex size-10 items-center justify-center rounded-lg border border-line bg-surface text-muted"
      >
        {icon}
      </span>
      <div className="flex max-w-md flex-col gap-1">
        <h2 className="text-16 font-semibold">{title}</h2>
        <div className="text-14 text-muted">{children}</div>
      </div>
      {action === undefined ? null : <div className="w-full max-w-xl">{action}</div>}
    </div>
  );
}
