import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Radio } from "lucide-react";
import { useMemo } from "react";
import { type Event, eventTypes } from "../../../../src/contract/event.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { Id } from "../../components/id.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { ShowOlder } from "../../components/show-older.tsx";
import { Time } from "../../components/time.tsx";
import { Card } from "../../components/ui/card.tsx";
import { type Column, DataTable } from "../../components/ui/data-table.tsx";
import { Drawer } from "../../components/ui/drawer.tsx";
import { Select } from "../../components/ui/select.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { eventsQuery, webhooksQuery } from "../../data/webhooks.ts";
import { Deliveries } from "./deliveries.tsx";

const columns: Column<Event>[] = [
  {
    id: "createdAt",
    header: "When",
    cell: ({ row }) => <Time at={row.original.createdAt} className="text-muted" />,
  },
  {
    id: "type",
    header: "Event",
    cell: ({ row }) => (
      <button type="button" aria-haspopup="dialog" className="rounded-sm font-mono text-12 hover:underline">
        {row.original.type}
      </button>
    ),
  },
  { id: "about", header: "About", cell: ({ row }) => <About event={row.original} /> },
  { id: "eventId", header: "Event id", cell: ({ row }) => <Id id={row.original.eventId} /> },
];

const any = "any";
const types = [
  { value: any, label: "Every type" },
  ...eventTypes.map((type) => ({ value: type as string, label: type as string })),
];

/** What has happened in 30 days, whether a webhook takes it or not, and where each event went. */
export function Events({ mayBuild }: { mayBuild: boolean }) {
  const { type: wanted, eventId } = useSearch({ from: "/dashboard/webhooks" });
  const navigate = useNavigate({ from: "/dashboard/webhooks" });
  const type = eventTypes.find((each) => each === wanted);
  const list = useInfiniteQuery(eventsQuery(type));
  const { data: webhooks } = useQuery({ ...webhooksQuery, enabled: mayBuild });
  const rows = useMemo(() => list.data?.pages.flatMap(({ events }) => events) ?? [], [list.data]);
  const show = (change: { type?: string | undefined; eventId?: string | undefined }) => {
    const next = { type, ...change };
    void navigate({
      search: {
        view: "events",
        ...(next.type === undefined ? {} : { type: next.type }),
        ...(next.eventId === undefined ? {} : { eventId: next.eventId }),
      },
      replace: next.eventId === undefined,
      resetScroll: false,
    });
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="max-w-72">
        <Select
          label="Type"
          choices={types}
          value={type ?? any}
          onChange={(next) => show({ type: next === any ? undefined : next })}
        />
      </div>
      {webhooks?.length === 0 ? (
        <p className="text-12 text-muted">
          While there is no webhook, decisions appear here only for an hour after somebody has looked. All of
          them are in the{" "}
          <Link to="/dashboard/logs" className="text-accent-ink underline">
            logs
          </Link>
          .
        </p>
      ) : null}
      {list.error !== null && rows.length === 0 ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Card className="overflow-hidden">
          <SkeletonRows rows={8} label="Loading the events" />
        </Card>
      ) : rows.length === 0 && !list.hasNextPage ? (
        <EmptyState icon={<Radio className="size-5" />} title="No event">
          {type === undefined
            ? "Whenever an agent asks, a person decides or a permission changes, an event appears here and goes to the webhooks that want it."
            : "None of this type in the last 30 days."}
        </EmptyState>
      ) : (
        <>
          {rows.length === 0 ? (
            <p className="text-center text-12 text-muted">None of the newest events is of this type.</p>
          ) : (
            <DataTable
              label="Events"
              columns={columns}
              rows={rows}
              rowId={(event) => event.eventId}
              selectedId={eventId}
              onOpen={(event) => show({ eventId: event.eventId })}
            />
          )}
          <ShowOlder list={list}>Show older events</ShowOlder>
        </>
      )}
      <Drawer isOpen={eventId !== undefined} onClose={() => show({ eventId: undefined })} title="Event">
        {eventId === undefined ? null : (
          <EventDetails
            eventId={eventId}
            event={rows.find((each) => each.eventId === eventId)}
            mayBuild={mayBuild}
          />
        )}
      </Drawer>
    </div>
  );
}

type EventDetailsProps = { eventId: string; event: Event | undefined; mayBuild: boolean };

function EventDetails({ eventId, event, mayBuild }: EventDetailsProps) {
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-1">
        {event === undefined ? null : (
          <p className="flex flex-wrap items-baseline justify-between gap-2">
            <span className="font-mono text-14 font-medium">{event.type}</span>
            <Time at={event.createdAt} isExact className="text-12 whitespace-normal text-muted" />
          </p>
        )}
        <Id id={eventId} isFull />
      </div>
      {mayBuild ? (
        <section className="flex flex-col gap-2">
          <h3 className="text-12 font-medium text-faint">Where it went</h3>
          <Deliveries
            of={{ eventId }}
            hasEndpoint
            empty={<p className="text-14 text-muted">No webhook wanted it when it happened.</p>}
          />
        </section>
      ) : null}
      {event === undefined ? null : (
        <section className="flex flex-col gap-2">
          <h3 className="text-12 font-medium text-faint">What it says</h3>
          <div className="rounded-md border border-line bg-sunken p-3 text-12">
            <SafeText text={JSON.stringify(event.data, null, 2)} isMono />
          </div>
        </section>
      )}
    </div>
  );
}

// The action is what people know an event by; what has none is known by its subject's id.
function About({ event: { data } }: { event: Event }) {
  const { action, vendor, agentId, webhookId } = data;
  if (typeof action === "string")
    return (
      <SafeText
        text={(typeof vendor === "string" ? `${action} on ${vendor}` : action).slice(0, 100)}
        className="max-w-80 truncate [&>span]:whitespace-pre"
      />
    );
  const id = [agentId, webhookId].find((each) => typeof each === "string");
  return id === undefined ? null : <Id id={id} />;
}
