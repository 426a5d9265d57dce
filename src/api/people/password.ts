import type { UserId } from "../../contract/ids.ts";
import { passwordHashOf } from "../../db/people.ts";
import { type Credentials, credentialsOf } from "../../db/sign-in.ts";
import type { AppContext } from "../context.ts";
import { invalidRequest } from "../problem.ts";
import { authOf } from "./auth.ts";
import { limitGuessing } from "./sign-in-limit.ts";

/** Who has this address and this password. Undefined when nobody has. */
export async function personWithPassword(
  c: AppContext,
  { email, password }: { email: string; password: string },
): Promise<(Credentials & { passwordHash: string }) | undefined> {
  const auth = await authOf(c.env);
  const credentials = await credentialsOf(c.env.DB, email);
  const passwordHash = credentials?.passwordHash;
  if (!credentials || !passwordHash) {
    // As much work as looking at a password: the time of an answer does not tell who is here.
    await auth.hashPassword(password);
    return undefined;
  }
  return (await auth.isPassword(password, passwordHash)) ? { ...credentials, passwordHash } : undefined;
}

/**
 * Asks somebody who has signed in for their password again. Throws INVALID_REQUEST about `field` for a wrong one,
 * and RATE_LIMIT_EXCEEDED: a session that was left open must not become a place to guess it at leisure.
 */
export async function requirePassword(
  c: AppContext,
  userId: UserId,
  password: string,
  field: string,
): Promise<void> {
  await limitGuessing(c, `password ${userId}`);
  const hash = await passwordHashOf(c.env.DB, userId);
  const isRight = hash ? await (await authOf(c.env)).isPassword(password, hash) : false;
  if (!isRight) throw invalidRequest([{ field, rule: "is wrong" }]);
}
