import { Link } from "@tanstack/react-router";
import { textLinkClass } from "./auth-layout.tsx";

/** Where mail goes on a developer's own machine. */
export function OutboxHint() {
  if (!["localhost", "127.0.0.1", "[::1]"].includes(window.location.hostname)) return null;
  return (
    <p className="text-14 text-muted">
      This is a local instance, which hands its mail to nobody. It is in the{" "}
      <Link to="/outbox" className={textLinkClass}>
        outbox
      </Link>
      .
    </p>
  );
}
