import { hashSecret } from "../../crypto/secrets.ts";
import type { AppContext } from "../context.ts";
import { networkOf, periodSeconds } from "../rate-limit.ts";
import { tooManyRequests } from "../problem.ts";

/**
 * Counts an attempt to sign in before its password is looked at, by address and by the account it is for. Throws
 * RATE_LIMIT_EXCEEDED. Right passwords count too: a limit that a right guess does not meet would not slow guessing.
 */
export async function limitSignIn(c: AppContext, email: string): Promise<void> {
  await limitAddress(c);
  await limitGuessing(c, `sign-in email ${await hashSecret(email)}`);
}

/** Counts an attempt of whatever kind at something that could be guessed. Throws RATE_LIMIT_EXCEEDED. */
export async function limitGuessing(c: AppContext, key: string): Promise<void> {
  const { success } = await c.env.SIGN_IN_LIMIT.limit({ key });
  if (!success) throw tooManyRequests(periodSeconds, "Too many attempts.");
}

/** Counts what anyone may ask for and what costs us something, by address. Throws RATE_LIMIT_EXCEEDED. */
export async function limitAddress(c: AppContext): Promise<void> {
  await limitFlood(c, `address ${networkOf(c)}`);
}

/** The same by something else than the address. */
export async function limitFlood(c: AppContext, key: string): Promise<void> {
  const { success } = await c.env.ADDRESS_LIMIT.limit({ key });
  if (!success) throw tooManyRequests(periodSeconds);
}
