import { isDeepStrictEqual } from "node:util";
import canonicalize from "canonicalize";
import { jsonBytes } from "../../../contract/text.ts";
import { limits } from "../../../contract/verify.ts";
import { type HashedInput, hashedInput } from "../../hashed-input.ts";

const hashed = ["inputBytes", "inputSha256", "inputStart"] satisfies (keyof HashedInput)[];

/**
 * The arguments of a call as an approval is bound to them. Those that are larger than a request may be, a file's
 * content for one, are bound by their hash, with their beginning for the person who decides.
 */
export async function boundArguments(
  given: Record<string, unknown> | undefined,
): Promise<Record<string, unknown> | undefined> {
  if (given === undefined) return undefined;
  // Arguments that are written like a hash are hashed as well: an approval of one must not do for the other.
  const looksHashed = isDeepStrictEqual(Object.keys(given).toSorted(), hashed);
  if (!looksHashed && jsonBytes(given) <= limits.argumentsBytes) return given;
  const text = canonicalize(given);
  if (text === undefined) throw new Error("The arguments cannot be written as JSON.");
  return hashedInput(text);
}
