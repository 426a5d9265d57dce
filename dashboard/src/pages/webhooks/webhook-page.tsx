import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { ArrowLeft, Inbox, Send } from "lucide-react";
import { deliveryStates, type Webhook } from "../../../../src/contract/webhook.ts";
import { visibleText } from "../../../../src/contract/visible-text.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { Fact, Facts } from "../../components/facts.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { Select } from "../../components/ui/select.tsx";
import { Skeleton, SkeletonRows } from "../../components/ui/skeleton.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { may, meQuery } from "../../data/session.ts";
import { testWebhook, webhookQuery, webhooksKey } from "../../data/webhooks.ts";
import { usePageTitle } from "../../lib/page-title.ts";
import { Deliveries } from "./deliveries.tsx";
import { EndpointBadge } from "./endpoint-table.tsx";
import { ReplaySince } from "./replay-since.tsx";
import { disabledReasons, formatNames } from "./webhook-words.ts";
import { WebhookActions } from "./webhook-actions.tsx";

/** One endpoint: what it is sent, how that went, and everything that can be done to it. */
export function WebhookPage() {
  const { webhookId } = useParams({ from: "/dashboard/webhooks/$webhookId" });
  const { data: user } = useQuery(meQuery);
  const mayBuild = may(user, "build");
  const { data: webhook, error, refetch } = useQuery({ ...webhookQuery(webhookId), enabled: mayBuild });
  usePageTitle(webhook === undefined ? "Webhook" : visibleText(new URL(webhook.url).host));
  return (
    <>
      <Link
        to="/dashboard/webhooks"
        className="mb-4 inline-flex items-center gap-1 rounded-sm text-14 text-muted hover:text-ink"
      >
        <ArrowLeft aria-hidden className="size-4" />
        Webhooks
      </Link>
      {user != null && !mayBuild ? (
        <>
          <h1 className="mb-2 text-20 font-semibold">Webhook</h1>
          <p className="text-14 text-muted">
            Webhooks are for owners, admins and developers of the workspace; ask one of them for the role.
          </p>
        </>
      ) : webhook !== undefined ? (
        <Endpoint webhook={webhook} />
      ) : error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <div className="flex flex-col gap-6">
          <Skeleton className="h-7 w-80 max-w-full" />
          <Skeleton className="h-40" />
          <SkeletonRows rows={5} />
        </div>
      )}
    </>
  );
}

function Endpoint({ webhook }: { webhook: Webhook }) {
  const { webhookId, status } = webhook;
  const client = useQueryClient();
  const testing = useMutation({
    mutationFn: testWebhook,
    onSuccess: () => {
      toast.done("A test event is on its way.", "How it went is shown below.");
      return client.invalidateQueries({ queryKey: webhooksKey });
    },
  });
  return (
    <div className="flex flex-col gap-6">
      <header className="flex flex-wrap items-start justify-between gap-4">
        <div className="flex min-w-0 flex-col items-start gap-2">
          <h1 className="min-w-0 text-20 font-semibold break-all">
            <SafeText text={webhook.url} />
          </h1>
          <EndpointBadge webhook={webhook} />
        </div>
        <div className="flex flex-wrap gap-2">
          {status === "active" ? (
            <Button
              icon={<Send aria-hidden className="size-4" />}
              isBusy={testing.isPending}
              onClick={() => testing.mutate(webhookId)}
            >
              Send a test event
            </Button>
          ) : null}
          <WebhookActions webhook={webhook} />
        </div>
      </header>
      {testing.error === null ? null : <ErrorNotice error={testing.error} />}
      <Trouble webhook={webhook} />
      <Card className="px-4 py-1">
        <Facts>
          <Fact name="Format">
            {formatNames[webhook.format]}
            {webhook.format === "pagerduty" && !webhook.hasRoutingKey ? (
              <span className="text-muted"> without an integration key, for a relay that adds its own</span>
            ) : null}
          </Fact>
          <Fact name="Events">
            {webhook.events.includes("*") ? (
              "Every event"
            ) : (
              <span className="font-mono text-12">{webhook.events.join(", ")}</span>
            )}
          </Fact>
          <Fact name={webhook.secrets.length > 1 ? "Secrets" : "Secret"}>
            <ul className="flex flex-col gap-1">
              {webhook.secrets.map(({ preview, createdAt, expiresAt }) => (
                <li key={preview + createdAt} className="flex flex-wrap gap-x-2">
                  <span className="font-mono text-12">{preview}</span>
                  <span className="text-12 text-muted">
                    {expiresAt === null ? (
                      <>
                        since <Time at={createdAt} />
                      </>
                    ) : (
                      <>
                        signs beside the new one, and ends <Time at={expiresAt} />
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          </Fact>
          <Fact name="Created">
            <Time at={webhook.createdAt} />
          </Fact>
        </Facts>
      </Card>
      <DeliveryLog webhook={webhook} />
    </div>
  );
}

function Trouble({ webhook }: { webhook: Webhook }) {
  const { disabledReason, disabledAt, failingSince, status } = webhook;
  if (status === "active" && failingSince === null) return null;
  return (
    <div className="flex flex-col gap-1 rounded-md border border-denied-line bg-denied-soft p-3 text-14">
      {status === "disabled" ? (
        <>
          <p className="font-medium">
            Nothing is sent to it.{" "}
            {disabledAt === null ? null : (
              <>
                It was disabled <Time at={disabledAt} />.{" "}
              </>
            )}
            {disabledReason === null ? null : disabledReasons[disabledReason].what}
          </p>
          <p className="text-muted">{disabledReasons[disabledReason ?? "by_person"].next}</p>
        </>
      ) : failingSince === null ? null : (
        <>
          <p className="font-medium">
            Deliveries began to fail <Time at={failingSince} />, and none has succeeded since.
          </p>
          <p className="text-muted">After five days it is disabled. The attempts below say why they fail.</p>
        </>
      )}
    </div>
  );
}

const any = "any";
const states = [
  { value: any, label: "Every delivery" },
  { value: "pending", label: "On their way" },
  { value: "delivered", label: "Delivered" },
  { value: "dead", label: "Dead letters" },
];

function DeliveryLog({ webhook }: { webhook: Webhook }) {
  const { webhookId } = webhook;
  const { status: wanted } = useSearch({ from: "/dashboard/webhooks/$webhookId" });
  const navigate = useNavigate({ from: "/dashboard/webhooks/$webhookId" });
  const status = deliveryStates.find((each) => each === wanted);
  return (
    <section className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-16 font-semibold">Deliveries</h2>
        <div className="flex flex-wrap gap-2">
          <div className="w-44">
            <Select
              label="State"
              choices={states}
              value={status ?? any}
              onChange={(next) =>
                void navigate({
                  search: next === any ? {} : { status: next },
                  replace: true,
                  resetScroll: false,
                })
              }
            />
          </div>
          {webhook.status === "active" ? <ReplaySince webhookId={webhookId} /> : null}
        </div>
      </div>
      <Deliveries
        of={status === undefined ? { webhookId } : { webhookId, status }}
        empty={
          <EmptyState icon={<Inbox className="size-5" />} title="Nothing was sent yet">
            {status === undefined
              ? "The next event that it wants appears here, with every attempt. Send a test event to see one now."
              : "No delivery of the last 30 days is in this state."}
          </EmptyState>
        }
      />
    </section>
  );
}
