import type { AppContext } from "../context.ts";
import { Problem } from "../problem.ts";
import { isOurOrigin } from "./site.ts";

const isSafe = (method: string) => method === "GET" || method === "HEAD";

/**
 * What is done in the name of a cookie must come from our own pages: browsers send the cookie along with
 * whatever another site makes them ask for. Throws INVALID_ORIGIN; a missing Origin proves nothing and is
 * refused too.
 */
export function requireOurOrigin(c: AppContext): void {
  if (!isSafe(c.req.method)) requireOriginHeader(c);
}

/**
 * The same for what opens a WebSocket in the name of a cookie. It is a GET, and browsers let every site open one
 * and read it (cross-site WebSocket hijacking): only its Origin says who does.
 */
export function requireOriginHeader(c: AppContext): void {
  const origin = c.req.header("Origin");
  if (origin === undefined || !isOurOrigin(c.env, origin)) throw new Problem("INVALID_ORIGIN");
}

/**
 * For signing in, which no cookie stands for yet: another site must not sign a visitor in as somebody else.
 * Programs send no Origin, browsers always do.
 */
export function refuseOtherOrigins(c: AppContext): void {
  const origin = c.req.header("Origin");
  if (origin !== undefined && !isOurOrigin(c.env, origin)) throw new Problem("INVALID_ORIGIN");
}
