import { hostCovers, hostItem } from "./host.ts";
import { wildcardRuns } from "./wildcard.ts";

/**
 * Whether what an owner wrote for a resource or a vendor covers the value of a request: the same text, one item
 * of the owner's comma-separated list, or an item with `*`.
 *
 * Lists and wildcards are the owner's alone. The request's value is one value however it is written: a comma in
 * it separates nothing, and a `*` in it is a character like any other that gains nothing.
 *
 * An item that looks like a host name is compared as one. In any other item a `*` stands for any run of
 * characters, compared with case.
 */
export function covers(owner: string, value: string): boolean {
  if (owner === value && !owner.includes("*")) return true;
  if (!owner.includes(",")) return itemCovers(owner.trim(), value);
  return owner.split(",").some((item) => itemCovers(item.trim(), value));
}

function itemCovers(item: string, value: string): boolean {
  if (!mayCover(item, value)) return false;
  const host = hostItem(item);
  return host === undefined ? wildcardRuns(item, value, 0) !== undefined : hostCovers(host, value);
}

/**
 * False only where the item cannot cover the value: what is written before its first `*` and after its last one
 * stands at both ends of whatever it covers, but for case. Saves most items the closer look.
 */
export function mayCover(item: string, value: string): boolean {
  const first = item.indexOf("*");
  if (first === -1) return item.length === value.length && isAlike(item, 0, value, 0, item.length);
  const ending = item.length - item.lastIndexOf("*") - 1;
  const valueEnding = value.length - ending;
  return (
    valueEnding >= first &&
    isAlike(item, 0, value, 0, first) &&
    isAlike(item, item.length - ending, value, valueEnding, ending)
  );
}

// From the end: what owners write differs there, in a number or a path, more often than where it begins. Two letters
// that differ in case differ in one bit; a few other characters do too, and get the closer look.
function isAlike(a: string, aStart: number, b: string, bStart: number, length: number): boolean {
  for (let at = length - 1; at >= 0; at -= 1)
    if ((a.charCodeAt(aStart + at) | 0x20) !== (b.charCodeAt(bStart + at) | 0x20)) return false;
  return true;
}
