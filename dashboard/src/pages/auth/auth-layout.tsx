import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Logo } from "../../components/logo.tsx";
import { Card } from "../../components/ui/card.tsx";
import { usePageTitle } from "../../lib/page-title.ts";

type AuthLayoutProps = { title: string; lead?: ReactNode; children: ReactNode; below?: ReactNode };

/** One card in the middle: for pages that ask one thing. */
export function AuthLayout({ title, lead, children, below }: AuthLayoutProps) {
  usePageTitle(title);
  return (
    <div className="flex min-h-dvh flex-col items-center gap-6 px-4 py-8 sm:py-16">
      <header>
        <Link to="/" className="rounded-md">
          <Logo />
        </Link>
      </header>
      <main id="content" className="w-full max-w-100">
        <Card className="flex flex-col gap-6 p-6">
          <div className="flex flex-col gap-1">
            <h1 className="text-20 font-semibold">{title}</h1>
            {lead === undefined ? null : <div className="text-14 text-muted">{lead}</div>}
          </div>
          {children}
        </Card>
      </main>
      {below === undefined ? null : <footer className="text-14 text-muted">{below}</footer>}
    </div>
  );
}

export const textLinkClass = "font-medium text-accent-ink underline-offset-2 hover:underline";
