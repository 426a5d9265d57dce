import type { AppContext } from "./context.ts";
import { type Problem, tooManyRequests } from "./problem.ts";

export const periodSeconds = 60;

/** The caller's address as Cloudflare saw it; all callers of a local instance share one. */
export function addressOf(c: AppContext): string {
  return c.req.header("CF-Connecting-IP") ?? "local";
}

/** Counts a credential that opened nothing. The problem to answer with once an address has had too many. */
export async function countFailedKey(c: AppContext): Promise<Problem | undefined> {
  const { success } = await c.env.FAILED_KEY_LIMIT.limit({ key: addressOf(c) });
  return success ? undefined : tooManyRequests(periodSeconds, "Too many failed keys.");
}
