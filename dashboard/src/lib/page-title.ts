import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import type { User } from "../../../src/contract/people.ts";
import { meKey, summaryKey } from "../data/keys.ts";
import type { Summary } from "../data/summary.ts";

/** How many requests wait for a person, from whatever last told; 0 when nobody is signed in. */
export function usePendingCount(): number {
  const client = useQueryClient();
  return useSyncExternalStore(
    (listener) => client.getQueryCache().subscribe(listener),
    () =>
      client.getQueryData<User | null>(meKey) == null
        ? 0
        : (client.getQueryData<Summary>(summaryKey)?.approvals.pending ?? 0),
  );
}

/** Names the tab: "(2) Approvals · BehalfID", so that a waiting request is seen from another tab. */
export function usePageTitle(title: string): void {
  const pending = usePendingCount();
  useEffect(() => {
    document.title = `${pending > 0 ? `(${pending}) ` : ""}${title} · BehalfID`;
  }, [pending, title]);
}
