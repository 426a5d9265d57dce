import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import canonicalize from "canonicalize";
import { jsonBytes } from "../../../contract/text.ts";
import { limits } from "../../../contract/verify.ts";

const shownCharacters = 2000;
const hashed = ["inputBytes", "inputSha256", "inputStart"];

/**
 * The arguments of a call as an approval is bound to them. Those that are larger than a request may be, a file's
 * content for one, are bound by their hash, with their beginning for the person who decides.
 */
export function boundArguments(
  given: Record<string, unknown> | undefined,
): Record<string, unknown> | undefined {
  if (given === undefined) return undefined;
  // Arguments that are written like a hash are hashed as well: an approval of one must not do for the other.
  const looksHashed = isDeepStrictEqual(Object.keys(given).toSorted(), hashed);
  if (!looksHashed && jsonBytes(given) <= limits.argumentsBytes) return given;
  const text = canonicalize(given);
  if (text === undefined) throw new Error("The arguments cannot be written as JSON.");
  return {
    inputSha256: createHash("sha256").update(text).digest("hex"),
    inputBytes: Buffer.byteLength(text),
    inputStart: text.slice(0, shownCharacters).toWellFormed(),
  };
}
