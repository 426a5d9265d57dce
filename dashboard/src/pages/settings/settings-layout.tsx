import { Link, Outlet } from "@tanstack/react-router";

const sections = [
  { to: "/dashboard/settings", label: "Workspace" },
  { to: "/dashboard/settings/members", label: "Members" },
  { to: "/dashboard/settings/tokens", label: "Tokens" },
  { to: "/dashboard/settings/account", label: "Account" },
] as const;

/** The sections of the settings, beside each other, and the one that is open. */
export function SettingsLayout() {
  return (
    <div className="flex max-w-4xl flex-col gap-6">
      <nav aria-label="Settings" className="flex gap-1 overflow-x-auto border-b border-line">
        {sections.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: true }}
            className="-mb-px flex h-9 items-center border-b-2 border-transparent px-2 text-14 sm:px-3 font-medium whitespace-nowrap text-muted -outline-offset-2 transition-colors hover:text-ink aria-[current=page]:border-accent-ink aria-[current=page]:text-ink"
          >
            {label}
          </Link>
        ))}
      </nav>
      <div>
        <Outlet />
      </div>
    </div>
  );
}
