import { useQuery } from "@tanstack/react-query";
import type { Approval } from "../../../../src/contract/approval.ts";
import type { AgentId, PermissionId } from "../../../../src/contract/ids.ts";
import { openApprovalsQuery } from "../../data/approvals.ts";

const most = 100;

/** What ends with an agent or with one permission of it, counted as the dialog opens. */
export function OpenWork({ agentId, permissionId }: { agentId: AgentId; permissionId?: PermissionId }) {
  const { data } = useQuery({ ...openApprovalsQuery(agentId), staleTime: 0 });
  if (data === undefined) return <p>Whatever waits or was approved under it is void, and stays void.</p>;
  const isUnder = (approval: Approval) =>
    permissionId === undefined || approval.permissionId === permissionId;
  const pending = data.pending.filter(isUnder).length;
  const granted = data.granted.filter(isUnder).length;
  if (pending + granted === 0)
    return <p>Nothing waits for a person and no grant is open, so nothing else ends.</p>;
  const what = [
    counted(pending, data.pending.length, "pending request", "pending requests"),
    counted(granted, data.granted.length, "open grant", "open grants"),
  ].filter((text) => text !== undefined);
  return (
    <p className="font-medium text-ink">
      {what.join(" and ")} {pending + granted === 1 ? "is" : "are"} void at once, and{" "}
      {pending + granted === 1 ? "stays" : "stay"} void.
    </p>
  );
}

function counted(count: number, fetched: number, one: string, many: string): string | undefined {
  if (count === 0) return undefined;
  return `${count}${fetched >= most ? " or more" : ""} ${count === 1 ? one : many}`;
}
