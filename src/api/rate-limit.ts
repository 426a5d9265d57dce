import { ipv6 } from "../webhooks/addresses.ts";
import type { AppContext } from "./context.ts";
import { type Problem, tooManyRequests } from "./problem.ts";

export const periodSeconds = 60;

/** The caller's address as Cloudflare saw it; all callers of a local instance share one. */
export function addressOf(c: AppContext): string {
  return c.req.header("CF-Connecting-IP") ?? "local";
}

/** Who counts as one caller: an IPv4 address, or the /64 of an IPv6 address, of which every subscriber has 2^64. */
export function networkOf(c: AppContext): string {
  const address = addressOf(c);
  return ipv6(address)?.slice(0, 4).join(":") ?? address;
}

/** Counts a credential that opened nothing. The problem to answer with once a caller has had too many. */
export async function countFailedKey(c: AppContext): Promise<Problem | undefined> {
  const { success } = await c.env.FAILED_KEY_LIMIT.limit({ key: networkOf(c) });
  return success ? undefined : tooManyRequests(periodSeconds, "Too many failed keys.");
}
