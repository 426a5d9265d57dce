import { Link } from "@tanstack/react-router";
import { Logo } from "../components/logo.tsx";
import { ButtonLink } from "../components/ui/button.tsx";

/** On top of the pages that anyone may read. */
export function SiteHeader() {
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-canvas">
      <div className="mx-auto flex min-h-14 max-w-6xl flex-wrap items-center gap-2 px-4">
        <Link to="/" className="mr-auto flex rounded-md">
          <Logo />
        </Link>
        <ButtonLink to="/docs" look="quiet">
          Docs
        </ButtonLink>
        <ButtonLink to="/sign-in" look="quiet">
          Sign in
        </ButtonLink>
        <ButtonLink to="/sign-up" look="primary" className="max-sm:hidden">
          Get started
        </ButtonLink>
      </div>
    </header>
  );
}
