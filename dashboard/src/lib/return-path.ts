const home = "/dashboard";

/**
 * Where to go after signing in: a path of this site and nothing else. A link to the sign-in page may come from
 * anyone, and must not send the person who follows it elsewhere.
 */
export function returnPath(wanted: unknown): string {
  if (typeof wanted !== "string" || !wanted.startsWith("/")) return home;
  // The URL parser is what browsers follow: it also knows `//host`, `/\host` and tabs in between.
  const base = "https://behalfid.invalid";
  const url = URL.canParse(wanted, base) ? new URL(wanted, base) : undefined;
  if (url === undefined || url.origin !== base) return home;
  if (url.pathname.startsWith("//") || /^\/(?:sign-in|sign-up|api)(?:\/|$)/.test(url.pathname)) return home;
  return url.pathname + url.search + url.hash;
}
