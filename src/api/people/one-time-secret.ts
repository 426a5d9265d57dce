import { toBase64Url } from "../../crypto/encoding.ts";

/** A secret for a link, a challenge or a device: 32 random bytes, good once, kept as SHA-256 only. */
export function newOneTimeSecret(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}
