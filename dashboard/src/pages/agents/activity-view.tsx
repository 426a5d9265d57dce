import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Activity } from "lucide-react";
import type { LogItem } from "../../../../src/contract/log.ts";
import { reasonText } from "../../../../src/contract/reason-text.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { Id } from "../../components/id.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { Card } from "../../components/ui/card.tsx";
import { type Column, DataTable } from "../../components/ui/data-table.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { activityQuery } from "../../data/agents.ts";

const columns: Column<LogItem>[] = [
  { id: "decision", header: "Decision", cell: ({ row }) => <StateBadge state={row.original.decision} /> },
  {
    id: "what",
    header: "Action",
    cell: ({ row: { original } }) => (
      <span className="font-mono text-12">
        {visibleText(original.action)}
        {original.vendor === null ? null : (
          <span className="text-muted"> on {visibleText(original.vendor)}</span>
        )}
      </span>
    ),
  },
  {
    id: "when",
    header: "When",
    cell: ({ row }) => <Time at={row.original.createdAt} className="text-muted" />,
  },
  { id: "reason", header: "Reason", cell: ({ row }) => reasonText(row.original.reason) },
  { id: "request", header: "Request", cell: ({ row }) => <Id id={row.original.requestId} /> },
];

/** What an agent asked for last. */
export function ActivityView({ agentId }: { agentId: string }) {
  const { data, error, refetch } = useQuery(activityQuery(agentId));
  if (data === undefined)
    return error === null ? (
      <Card>
        <SkeletonRows label="Loading the activity" />
      </Card>
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    );
  if (data.logs.length === 0)
    return (
      <EmptyState icon={<Activity className="size-5" />} title="It has asked for nothing yet">
        Every request of the agent appears here with what was decided and why, whether it was allowed or not.
      </EmptyState>
    );
  return (
    <DataTable
      label="Activity"
      columns={columns}
      rows={data.logs}
      rowId={({ requestId }) => requestId}
      footer={
        <span className="flex flex-wrap justify-between gap-2 text-12 text-muted">
          The {data.logs.length} newest of {data.summary.total.toLocaleString()}
          {data.countedFrom === undefined ? "" : " or more"}.
          <Link
            to="/dashboard/logs"
            search={{ agentId }}
            className="font-medium text-accent-ink underline-offset-2 hover:underline"
          >
            All in the logs
          </Link>
        </span>
      }
    />
  );
}
