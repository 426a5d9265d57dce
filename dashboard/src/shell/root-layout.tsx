import { type ErrorComponentProps, Link, Outlet, useRouter } from "@tanstack/react-router";
import { ErrorState } from "../components/error-state.tsx";
import { Logo } from "../components/logo.tsx";
import { OfflineBanner } from "../components/offline-banner.tsx";
import { usePageTitle } from "../lib/page-title.ts";

/** What is around every page. */
export function RootLayout() {
  return (
    <>
      <a
        href="#content"
        className="sr-only rounded-md bg-raised px-3 py-2 font-medium focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to content
      </a>
      <OfflineBanner />
      <Outlet />
    </>
  );
}

/** A page that threw, or could not be loaded. */
export function PageError({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <main id="content">
      <ErrorState
        error={error instanceof Error ? error : new Error(String(error))}
        onRetry={() => void router.invalidate()}
      />
    </main>
  );
}

export function NotFoundPage() {
  usePageTitle("Not found");
  return (
    <main id="content" className="mx-auto flex max-w-md flex-col items-start gap-4 px-4 py-16">
      <Link to="/">
        <Logo />
      </Link>
      <h1 className="text-28 font-semibold">Nothing is here</h1>
      <p className="text-16 text-muted">
        The address is mistyped, or what it named is gone. Go to the{" "}
        <Link to="/dashboard" className="text-accent-ink underline">
          dashboard
        </Link>{" "}
        or the{" "}
        <Link to="/docs" className="text-accent-ink underline">
          documentation
        </Link>
        .
      </p>
    </main>
  );
}
