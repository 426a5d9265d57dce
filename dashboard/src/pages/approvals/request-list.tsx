import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Approval } from "../../../../src/contract/approval.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { approvalQuery } from "../../data/approvals.ts";
import { amountText } from "../../lib/amount-text.ts";
import { cx } from "../../lib/cx.ts";

/** The requests, one line to open each. */
export function RequestList({ ids, selectedId }: { ids: readonly string[]; selectedId: string | undefined }) {
  return (
    <ul aria-label="Requests" className="divide-y divide-line">
      {ids.map((id) => (
        <Request key={id} id={id} isSelected={id === selectedId} />
      ))}
    </ul>
  );
}

function Request({ id, isSelected }: { id: string; isSelected: boolean }) {
  // Kept by the list; the list and the feed ask, not every line.
  const { data: approval } = useQuery({ ...approvalQuery(id), enabled: false });
  if (approval === undefined) return null;
  const { action, agentName, amount, status, createdAt } = approval;
  const target = approval.resource ?? approval.command ?? approval.filePath;
  return (
    <li>
      <Link
        to="/dashboard/approvals"
        search={(search) => ({ ...search, approvalId: id })}
        aria-current={isSelected || undefined}
        data-approval={id}
        className={cx(
          "flex flex-col gap-1 px-4 py-3 -outline-offset-2 transition-colors",
          isSelected ? "bg-accent-soft" : "hover:bg-hover",
        )}
      >
        <span className="flex items-center justify-between gap-2">
          <span className="truncate font-mono text-14 font-medium">{visibleText(action)}</span>
          <Time at={createdAt} className="text-12 text-muted" />
        </span>
        <span className="flex items-center justify-between gap-2">
          <span className="truncate text-12 text-muted">
            {target === null ? "" : `${visibleText(target)} · `}
            {amount === null ? "" : `${amountText(amount)} · `}
            {visibleText(agentName)}
          </span>
          <StateBadge state={status} />
        </span>
      </Link>
    </li>
  );
}

/** Whether a search finds a request: in anything that the list or the card shows of it. */
export function isFound(approval: Approval, search: string): boolean {
  const { arguments: given, ...rest } = approval;
  const text = [...Object.values(rest), given === null ? "" : JSON.stringify(given)].join("\n").toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
