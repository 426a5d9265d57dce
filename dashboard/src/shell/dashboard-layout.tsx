import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { Logo } from "../components/logo.tsx";
import { KeyboardHelp } from "../components/keyboard-help.tsx";
import { ToastProvider } from "../components/ui/toast.tsx";
import { summaryQuery } from "../data/summary.ts";
import { cx } from "../lib/cx.ts";
import { usePendingCount } from "../lib/page-title.ts";
import { AccountMenu } from "./account-menu.tsx";
import { LiveUpdates } from "./live-updates.tsx";
import { navigation } from "./navigation.ts";

/** The frame of the dashboard: pages at the side, or below on a phone. */
export function DashboardLayout() {
  // Asked for here, so that the count in the title is right on every page.
  useQuery(summaryQuery);
  return (
    <ToastProvider>
      <div className="flex min-h-dvh flex-col lg:flex-row">
        <header className="flex h-14 items-center justify-between gap-4 border-b border-line bg-canvas px-4 lg:sticky lg:top-0 lg:h-dvh lg:w-56 lg:flex-col lg:items-stretch lg:justify-start lg:gap-6 lg:border-r lg:border-b-0 lg:px-3 lg:py-4">
          <Link to="/dashboard" className="flex rounded-md lg:px-2">
            <Logo />
          </Link>
          <nav aria-label="Pages" className="hidden flex-1 flex-col gap-1 lg:flex">
            {navigation.map((destination) => (
              <SideLink key={destination.label} {...destination} />
            ))}
          </nav>
          <AccountMenu />
        </header>
        <main
          id="content"
          className="mx-auto w-full max-w-6xl min-w-0 flex-1 px-4 pt-6 pb-24 lg:px-8 lg:pb-12"
        >
          <Outlet />
        </main>
        <nav
          aria-label="Pages"
          className="fixed inset-x-0 bottom-0 z-30 flex border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden"
        >
          {inBar.map((destination) => (
            <BottomLink key={destination.label} {...destination} />
          ))}
        </nav>
      </div>
      <LiveUpdates />
      <KeyboardHelp />
    </ToastProvider>
  );
}

type Destination = (typeof navigation)[number];

const inBar = navigation.filter(({ isInMenu }) => isInMenu !== true);

function SideLink({ to, label, icon: Icon, isExact = false, showsPending = false }: Destination) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: isExact }}
      className="flex h-9 items-center gap-3 rounded-md px-2 text-14 font-medium text-muted transition-colors hover:bg-hover hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink"
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      {label}
      {showsPending ? <PendingCount className="ml-auto" /> : null}
    </Link>
  );
}

function BottomLink({ to, label, icon: Icon, isExact = false, showsPending = false }: Destination) {
  return (
    <Link
      to={to}
      activeOptions={{ exact: isExact }}
      className="relative flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-1 text-12 text-muted -outline-offset-2 aria-[current=page]:font-medium aria-[current=page]:text-accent-ink"
    >
      <Icon aria-hidden className="size-5 shrink-0" />
      <span className="max-w-full truncate">{label}</span>
      {showsPending ? <PendingCount className="absolute top-1 left-1/2 ml-2" /> : null}
    </Link>
  );
}

function PendingCount({ className }: { className: string }) {
  const pending = usePendingCount();
  if (pending === 0) return null;
  return (
    <span
      className={cx(
        "tabular flex h-5 min-w-5 items-center justify-center rounded-full border border-waiting-line bg-waiting-soft px-1 text-12 font-medium text-waiting",
        className,
      )}
    >
      {pending > 99 ? "99+" : pending}
      <span className="sr-only"> waiting</span>
    </span>
  );
}
