import type { LogItem } from "../../../../src/contract/log.ts";
import { reasonText } from "../../../../src/contract/reason-text.ts";
import { SafeText } from "../../components/safe-text.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { type Column, DataTable } from "../../components/ui/data-table.tsx";
import { amountText } from "../../lib/amount-text.ts";

const columns: Column<LogItem>[] = [
  {
    id: "decision",
    header: "Decision",
    cell: ({ row }) => <StateBadge state={row.original.decision} />,
  },
  {
    id: "action",
    header: "Action",
    // A button, so that the row opens by key as well.
    cell: ({ row }) => (
      <button
        type="button"
        aria-haspopup="dialog"
        className="block max-w-48 truncate rounded-sm text-left font-medium hover:underline"
      >
        <OneLine text={row.original.action} />
      </button>
    ),
  },
  { id: "vendor", header: "Vendor", cell: ({ row }) => <OneLine text={row.original.vendor} /> },
  {
    id: "createdAt",
    header: "When",
    cell: ({ row }) => <Time at={row.original.createdAt} className="text-muted" />,
  },
  { id: "agentName", header: "Agent", cell: ({ row }) => <OneLine text={row.original.agentName} /> },
  {
    id: "amount",
    header: "Amount",
    cell: ({ row: { original } }) => (original.amount === null ? <Nothing /> : amountText(original.amount)),
  },
  {
    id: "environment",
    header: "Environment",
    cell: ({ row }) => <OneLine text={row.original.environment} />,
  },
  {
    id: "reason",
    header: "Reason",
    // The sentence is in the details; a row has room for its code, in words.
    cell: ({ row }) => (
      <span title={reasonText(row.original.reason)} className="text-muted">
        {row.original.reasonCode.replaceAll("_", " ")}
      </span>
    ),
  },
];

type LogTableProps = { rows: readonly LogItem[]; openId: string | undefined; onOpen: (log: LogItem) => void };

/** Decisions in dense rows. */
export function LogTable({ rows, openId, onOpen }: LogTableProps) {
  return (
    <DataTable
      label="Decisions"
      columns={columns}
      rows={rows}
      rowId={({ requestId }) => requestId}
      onOpen={onOpen}
      selectedId={openId}
    />
  );
}

function OneLine({ text }: { text: string | null }) {
  if (text === null) return <Nothing />;
  return <SafeText text={text.slice(0, 80)} className="max-w-48 truncate [&>span]:whitespace-pre" />;
}

function Nothing() {
  return (
    <span className="text-faint">
      <span aria-hidden>–</span>
      <span className="sr-only">none</span>
    </span>
  );
}
