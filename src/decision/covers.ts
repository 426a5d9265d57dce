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
  return owner
    .split(",")
    .map((item) => item.trim())
    .some((item) => itemCovers(item, value));
}

function itemCovers(item: string, value: string): boolean {
  const host = hostItem(item);
  return host === undefined ? wildcardRuns(item, value, 0) !== undefined : hostCovers(host, value);
}
