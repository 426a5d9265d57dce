import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { MailX, Plus, Webhook as WebhookIcon } from "lucide-react";
import { useState } from "react";
import type { Webhook } from "../../../../src/contract/webhook.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { Tabs } from "../../components/ui/tabs.tsx";
import { may, meQuery } from "../../data/session.ts";
import { webhooksQuery } from "../../data/webhooks.ts";
import { CreateWebhookDialog } from "./create-webhook-dialog.tsx";
import { Deliveries } from "./deliveries.tsx";
import { EndpointTable } from "./endpoint-table.tsx";
import { Events } from "./events.tsx";

const views = ["endpoints", "events", "dead"] as const;
type View = (typeof views)[number];

/** Where events are sent, what has happened, and what could not be delivered. */
export function WebhooksPage() {
  const { data: user } = useQuery(meQuery);
  const mayBuild = may(user, "build");
  const { view: wanted } = useSearch({ from: "/dashboard/webhooks" });
  const navigate = useNavigate({ from: "/dashboard/webhooks" });
  const [isCreating, setCreating] = useState(false);
  const view: View = views.find((each) => each === wanted) ?? "endpoints";
  return (
    <>
      <PageHeader
        title="Webhooks"
        actions={
          mayBuild ? (
            <Button
              look="primary"
              icon={<Plus aria-hidden className="size-4" />}
              onClick={() => setCreating(true)}
            >
              New webhook
            </Button>
          ) : null
        }
      >
        Tells your systems what agents asked and what people decided.
      </PageHeader>
      {user === undefined ? (
        <SkeletonRows rows={4} />
      ) : mayBuild ? (
        <Tabs<View>
          label="Webhooks"
          value={view}
          onChange={(next) => void navigate({ search: next === "endpoints" ? {} : { view: next } })}
          tabs={[
            {
              value: "endpoints",
              label: "Endpoints",
              content: <Endpoints onCreate={() => setCreating(true)} />,
            },
            { value: "events", label: "Events", content: <Events mayBuild /> },
            { value: "dead", label: "Dead letters", content: <DeadLetters /> },
          ]}
        />
      ) : (
        <div className="flex flex-col gap-4">
          <p className="max-w-2xl text-14 text-muted">
            You see what has happened. Where it is sent is for owners, admins and developers of the workspace;
            ask one of them for the role.
          </p>
          <Events mayBuild={false} />
        </div>
      )}
      <CreateWebhookDialog isOpen={isCreating} onClose={() => setCreating(false)} />
    </>
  );
}

function Endpoints({ onCreate }: { onCreate: () => void }) {
  const { data, error, refetch } = useQuery(webhooksQuery);
  if (data === undefined && error !== null)
    return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined)
    return (
      <Card className="overflow-hidden">
        <SkeletonRows rows={4} label="Loading the webhooks" />
      </Card>
    );
  if (data.length === 0)
    return (
      <EmptyState
        icon={<WebhookIcon className="size-5" />}
        title="No webhook yet"
        action={
          <Button look="primary" onClick={onCreate}>
            New webhook
          </Button>
        }
      >
        Give an address, and BehalfID posts each event to it, signed: to your own receiver, to a Slack channel
        where people approve, or to PagerDuty. To try it without a server, any request inspector will do.
      </EmptyState>
    );
  return (
    <div className="flex flex-col gap-4">
      <Disabled webhooks={data} />
      <EndpointTable webhooks={data} />
    </div>
  );
}

// What the system has switched off is said before anyone looks for it.
function Disabled({ webhooks }: { webhooks: readonly Webhook[] }) {
  const off = webhooks.filter(
    ({ disabledReason }) => disabledReason === "gone" || disabledReason === "failing",
  );
  const [first] = off;
  if (first?.disabledAt == null) return null;
  return (
    <p className="flex flex-wrap items-center gap-2 rounded-md border border-denied-line bg-denied-soft p-3 text-14">
      <StateBadge state="disabled" />
      <span>
        {off.length === 1
          ? "An endpoint was disabled "
          : `${off.length} endpoints were disabled, one of them `}
        <Time at={first.disabledAt} />, because nothing could be delivered. Open it to see why.
      </span>
    </p>
  );
}

function DeadLetters() {
  return (
    <Deliveries
      of={{ status: "dead" }}
      hasEndpoint
      empty={
        <EmptyState icon={<MailX className="size-5" />} title="No dead letter">
          What could not be delivered in about 28 hours of attempts is kept here for 30 days, and is sent
          again when you replay it.
        </EmptyState>
      }
    />
  );
}
