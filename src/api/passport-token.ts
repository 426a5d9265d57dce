import { isPassportToken } from "../crypto/secrets.ts";
import { bearerOf } from "./bearer.ts";
import { Problem } from "./problem.ts";

/** The passport token of the request. Throws PASSPORT_TOKEN_REQUIRED when there is none, or it cannot be one. */
export function passportTokenOf(request: Request): string {
  const token = bearerOf(request);
  if (token === undefined || !isPassportToken(token)) throw new Problem("PASSPORT_TOKEN_REQUIRED");
  return token;
}
