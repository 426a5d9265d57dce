import { useMemo } from "react";

/** The items of all pages that were fetched, in one list that stays the same while they do. */
export function useAllOf<Name extends string, Item>(
  pages: readonly { readonly [Key in Name]: readonly Item[] }[] | undefined,
  name: Name,
): readonly Item[] {
  return useMemo(() => pages?.flatMap((page) => page[name]) ?? [], [pages, name]);
}
