import { nanoid } from "nanoid";
import { idPrefixes, type Id, type IdKind } from "../contract/ids.ts";

/** A new public id: the prefix of its kind and 21 random characters of `[A-Za-z0-9_-]`, 126 bits. Requests have their own. */
export function newId<Kind extends IdKind>(kind: Kind): Id<Kind> {
  return `${idPrefixes[kind]}_${nanoid()}`;
}

// In the order of their codes: texts of them sort as the numbers do that they stand for.
const digits = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
// Milliseconds until the year 2109. After that only the order is lost.
const timeDigits = 7;

/**
 * A new request id at `now`, in epoch milliseconds: its prefix, 7 characters that sort as the time does, and 14 random
 * ones, 84 bits. Requests are many, and an index of random ids would write a page of its own for each of them.
 */
export function newRequestId(now: number): Id<"request"> {
  let time = "";
  for (let rest = now; time.length < timeDigits; rest = Math.floor(rest / digits.length))
    time = digits.charAt(rest % digits.length) + time;
  return `${idPrefixes.request}_${time}${nanoid(14)}`;
}
