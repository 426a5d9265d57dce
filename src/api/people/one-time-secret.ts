import { toBase64Url } from "../../crypto/encoding.ts";

/** A secret that is good once, for a link or a challenge: 32 random bytes. Kept as SHA-256 only. */
export function newOneTimeSecret(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}
