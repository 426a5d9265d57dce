import { useState } from "react";
import type { Approval } from "../../../../src/contract/approval.ts";
import type { ApprovalId } from "../../../../src/contract/ids.ts";

type Held = { filter: string; ids: readonly ApprovalId[]; pageCount: number };
type Page = { approvals: readonly Approval[] };

/**
 * The order of a list as it was first seen. What arrives later is counted and waits until the person asks for it,
 * and what leaves stays in its place, so that nothing moves under the finger. An empty list takes what comes.
 */
export function useHeldList(
  filter: string,
  pages: readonly Page[] | undefined,
): { ids: readonly ApprovalId[]; arrived: number; gone: readonly ApprovalId[]; takeIn: () => void } {
  const [held, setHeld] = useState<Held>({ filter, ids: [], pageCount: 0 });
  const present = idsIn(pages ?? []);
  const heldIds = held.filter === filter ? held.ids : [];
  const known = new Set(heldIds);
  const older = idsIn(pages?.slice(held.pageCount) ?? []).filter((id) => !known.has(id));
  const pageCount = pages?.length ?? 0;

  if (held.filter !== filter || (heldIds.length === 0 && present.length > 0))
    setHeld({ filter, ids: present, pageCount });
  else if (pageCount > held.pageCount) setHeld({ filter, ids: [...heldIds, ...older], pageCount });

  const now = new Set(present);
  return {
    ids: heldIds,
    arrived: present.filter((id) => !known.has(id)).length,
    gone: heldIds.filter((id) => !now.has(id)),
    takeIn: () => setHeld({ filter, ids: present, pageCount }),
  };
}

function idsIn(pages: readonly Page[]): ApprovalId[] {
  return pages.flatMap(({ approvals }) => approvals.map(({ approvalId }) => approvalId));
}
