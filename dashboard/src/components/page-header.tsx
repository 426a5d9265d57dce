import type { ReactNode } from "react";
import { usePageTitle } from "../lib/page-title.ts";

type PageHeaderProps = { title: string; children?: ReactNode; actions?: ReactNode };

/** What this page is, on the page and in the tab's title. */
export function PageHeader({ title, children, actions }: PageHeaderProps) {
  usePageTitle(title);
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-4">
      <div className="flex min-w-0 flex-col gap-1">
        <h1 className="text-20 font-semibold">{title}</h1>
        {children === undefined ? null : <div className="text-14 text-muted">{children}</div>}
      </div>
      {actions === undefined ? null : <div className="flex flex-wrap gap-2">{actions}</div>}
    </header>
  );
}
