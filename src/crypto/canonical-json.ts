import canonicalize from "canonicalize";
import { toHex, utf8 } from "./encoding.ts";

/**
 * A value as canonical JSON (RFC 8785): keys sorted, no white space, one spelling for each number.
 *
 * Throws on what JSON cannot hold. JSON.stringify would write a Map as `{}`, a function as nothing and a hole
 * as null, so that values which differ would come out alike and share a fingerprint. Members that are undefined
 * count as missing.
 */
export function canonicalJson(value: unknown): string {
  requireJson(value);
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("Not a JSON value.");
  return text;
}

/** SHA-256 in hex of a value's canonical JSON. Throws on what JSON cannot hold. */
export async function digestOf(value: unknown): Promise<string> {
  const bytes = utf8(canonicalJson(value));
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

// A list of what is left to look at instead of recursion: the depth of a caller's JSON must not be ours.
function requireJson(root: unknown): void {
  const left: unknown[] = [root];
  while (left.length > 0) {
    const value = left.pop();
    if (value === null || typeof value === "string" || typeof value === "boolean") continue;
    if (typeof value === "number" && Number.isFinite(value)) continue;
    if (Array.isArray(value)) {
      for (const item of value) left.push(item);
    } else if (isPlainObject(value)) {
      for (const item of Object.values(value)) if (item !== undefined) left.push(item);
    } else {
      throw new TypeError("Not a JSON value.");
    }
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain && !("toJSON" in value && typeof value.toJSON === "function");
}
