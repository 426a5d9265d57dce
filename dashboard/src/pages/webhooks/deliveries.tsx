import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import type { Delivery } from "../../../../src/contract/webhook.ts";
import { ErrorState } from "../../components/error-state.tsx";
import { Id } from "../../components/id.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { ShowOlder } from "../../components/show-older.tsx";
import { Time } from "../../components/time.tsx";
import { Card } from "../../components/ui/card.tsx";
import { type Column, DataTable } from "../../components/ui/data-table.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { type DeliveriesOf, deliveriesQuery, webhooksQuery } from "../../data/webhooks.ts";
import { DeliveryBadge } from "./delivery-badge.tsx";
import { DeliveryDetails } from "./delivery-details.tsx";

const stateColumn: Column<Delivery> = {
  id: "status",
  header: "State",
  cell: ({ row }) => <DeliveryBadge delivery={row.original} />,
};
const endpointColumn: Column<Delivery> = {
  id: "webhookId",
  header: "Endpoint",
  cell: ({ row }) => <EndpointName webhookId={row.original.webhookId} />,
};
const restColumns: Column<Delivery>[] = [
  {
    id: "eventType",
    header: "Event",
    cell: ({ row }) => (
      <button type="button" aria-haspopup="dialog" className="rounded-sm font-mono text-12 hover:underline">
        {row.original.eventType}
      </button>
    ),
  },
  { id: "eventId", header: "Event id", cell: ({ row }) => <Id id={row.original.eventId} /> },
  { id: "attemptCount", header: "Attempts", cell: ({ row }) => row.original.attemptCount },
  { id: "last", header: "Last answer", cell: ({ row }) => <LastAnswer delivery={row.original} /> },
  {
    id: "next",
    header: "Next due",
    cell: ({ row }) =>
      row.original.nextAttemptAt === null ? null : (
        <Time at={row.original.nextAttemptAt} className="text-muted" />
      ),
  },
  {
    id: "createdAt",
    header: "Since",
    cell: ({ row }) => <Time at={row.original.createdAt} className="text-muted" />,
  },
];
const columns = [stateColumn, ...restColumns];
const columnsWithEndpoint = [stateColumn, endpointColumn, ...restColumns];

type DeliveriesProps = { of: DeliveriesOf; hasEndpoint?: boolean; empty: ReactNode };

/** Deliveries with their attempts, newest first. What is on its way is followed. */
export function Deliveries({ of, hasEndpoint = false, empty }: DeliveriesProps) {
  const list = useInfiniteQuery(deliveriesQuery(of));
  const rows = useMemo(() => list.data?.pages.flatMap(({ deliveries }) => deliveries) ?? [], [list.data]);
  const [openId, setOpenId] = useState<string>();
  if (list.error !== null && rows.length === 0)
    return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending)
    return (
      <Card className="overflow-hidden">
        <SkeletonRows rows={5} label="Loading the deliveries" />
      </Card>
    );
  if (rows.length === 0) return empty;
  return (
    <div className="flex flex-col gap-3">
      <DataTable
        label="Deliveries"
        columns={hasEndpoint ? columnsWithEndpoint : columns}
        rows={rows}
        rowId={({ deliveryId }) => deliveryId}
        selectedId={openId}
        onOpen={({ deliveryId }) => setOpenId(deliveryId)}
      />
      <ShowOlder list={list}>Show older deliveries</ShowOlder>
      <DeliveryDetails
        delivery={rows.find(({ deliveryId }) => deliveryId === openId)}
        onClose={() => setOpenId(undefined)}
      />
    </div>
  );
}

function LastAnswer({ delivery }: { delivery: Delivery }) {
  const last = delivery.attempts.at(-1);
  if (last === undefined) return <span className="text-faint">none yet</span>;
  return (
    <span>
      {last.status ?? "none"}{" "}
      <span className="text-muted">{Math.round(last.durationMs).toLocaleString()} ms</span>
    </span>
  );
}

function EndpointName({ webhookId }: { webhookId: string }) {
  const { data } = useQuery(webhooksQuery);
  const webhook = data?.find((each) => each.webhookId === webhookId);
  return webhook === undefined ? <Id id={webhookId} /> : <SafeText text={webhook.url} className="truncate" />;
}
