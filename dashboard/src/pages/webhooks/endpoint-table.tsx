import { Link, useNavigate } from "@tanstack/react-router";
import type { Webhook } from "../../../../src/contract/webhook.ts";
import { SafeText } from "../../components/safe-text.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { type Column, DataTable } from "../../components/ui/data-table.tsx";
import { formatNames } from "./webhook-words.ts";

const columns: Column<Webhook>[] = [
  {
    id: "url",
    header: "Address",
    cell: ({ row }) => (
      <Link
        to="/dashboard/webhooks/$webhookId"
        params={{ webhookId: row.original.webhookId }}
        className="block max-w-48 truncate rounded-sm sm:max-w-80 font-medium hover:underline"
        onClick={(event) => event.stopPropagation()}
      >
        <SafeText
          text={row.original.url.replace(/^https:\/\//, "")}
          className="truncate [&>span]:whitespace-pre"
        />
      </Link>
    ),
  },
  { id: "status", header: "State", cell: ({ row }) => <EndpointBadge webhook={row.original} /> },
  { id: "format", header: "Format", cell: ({ row }) => formatNames[row.original.format] },
  {
    id: "events",
    header: "Events",
    cell: ({ row: { original } }) => (
      <span title={original.events.join("\n")}>
        {original.events.includes("*")
          ? "every event"
          : `${original.events.length} ${original.events.length === 1 ? "type" : "types"}`}
      </span>
    ),
  },
  {
    id: "createdAt",
    header: "Created",
    cell: ({ row }) => <Time at={row.original.createdAt} className="text-muted" />,
  },
];

export function EndpointTable({ webhooks }: { webhooks: readonly Webhook[] }) {
  const navigate = useNavigate();
  return (
    <DataTable
      label="Webhooks"
      columns={columns}
      rows={webhooks}
      rowId={({ webhookId }) => webhookId}
      onOpen={({ webhookId }) =>
        void navigate({ to: "/dashboard/webhooks/$webhookId", params: { webhookId } })
      }
    />
  );
}

/** Whether a webhook is sent to, and whether that works. */
export function EndpointBadge({ webhook }: { webhook: Webhook }) {
  if (webhook.status === "disabled") return <StateBadge state="disabled" />;
  return webhook.failingSince === null ? (
    <StateBadge state="active" />
  ) : (
    <StateBadge state="failed" word="Failing" />
  );
}
