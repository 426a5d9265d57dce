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
  if (isSafe(c.req.method)) return;
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
