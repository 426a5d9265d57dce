import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RotateCcw } from "lucide-react";
import type { Attempt, Delivery } from "../../../../src/contract/webhook.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { Fact, Facts } from "../../components/facts.tsx";
import { Id } from "../../components/id.tsx";
import { SafeText } from "../../components/safe-text.tsx";
import { Time } from "../../components/time.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Drawer } from "../../components/ui/drawer.tsx";
import { toast } from "../../components/ui/toast.tsx";
import { replayDelivery, webhooksKey } from "../../data/webhooks.ts";
import { cx } from "../../lib/cx.ts";
import { DeliveryBadge } from "./delivery-badge.tsx";
import { attemptErrorTexts, deadReasons } from "./webhook-words.ts";

/** One delivery, attempt by attempt, and the button that sends a dead letter again. */
export function DeliveryDetails({
  delivery,
  onClose,
}: {
  delivery: Delivery | undefined;
  onClose: () => void;
}) {
  return (
    <Drawer isOpen={delivery !== undefined} onClose={onClose} title="Delivery">
      {delivery === undefined ? null : <Details delivery={delivery} />}
    </Drawer>
  );
}

function Details({ delivery }: { delivery: Delivery }) {
  const client = useQueryClient();
  const replaying = useMutation({
    mutationFn: replayDelivery,
    onSuccess: () => {
      toast.done("It is on its way again.", "With all its retries. How it goes is shown here.");
      return client.invalidateQueries({ queryKey: webhooksKey });
    },
  });
  const older = delivery.attemptCount - delivery.attempts.length;
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap items-center gap-3">
          <DeliveryBadge delivery={delivery} />
          <span className="font-mono text-14">{delivery.eventType}</span>
        </div>
        {delivery.deadReason === null ? null : (
          <p className="text-14 text-muted">
            {deadReasons[delivery.deadReason]} It is not sent again unless you replay it.
          </p>
        )}
        {delivery.status === "dead" ? (
          <>
            {replaying.error === null ? null : <ErrorNotice error={replaying.error} />}
            <Button
              className="self-start"
              icon={<RotateCcw aria-hidden className="size-4" />}
              isBusy={replaying.isPending}
              onClick={() => replaying.mutate(delivery.deliveryId)}
            >
              Replay this event
            </Button>
          </>
        ) : null}
      </div>
      <Facts>
        <Fact name="Event">
          <div className="flex flex-wrap items-baseline justify-between gap-2">
            <Id id={delivery.eventId} isFull />
            <Link
              to="/dashboard/webhooks"
              search={{ view: "events", eventId: delivery.eventId }}
              className="text-12 text-accent-ink hover:underline"
            >
              Where else it went
            </Link>
          </div>
        </Fact>
        <Fact name="Delivery">
          <Id id={delivery.deliveryId} isFull />
        </Fact>
        <Fact name="Since">
          <Time at={delivery.createdAt} isExact className="whitespace-normal" />
        </Fact>
        {delivery.nextAttemptAt === null ? null : (
          <Fact name="Next attempt">
            <Time at={delivery.nextAttemptAt} />
          </Fact>
        )}
      </Facts>
      <section className="flex flex-col gap-2">
        <h3 className="text-12 font-medium text-faint">Attempts</h3>
        {delivery.attempts.length === 0 ? (
          <p className="text-14 text-muted">None yet. The first is made within seconds.</p>
        ) : null}
        {older > 0 ? <p className="text-12 text-muted">{older} older ones are not shown.</p> : null}
        <ol className="flex flex-col gap-2">
          {delivery.attempts.map((attempt) => (
            <AttemptCard key={attempt.number} attempt={attempt} />
          ))}
        </ol>
      </section>
    </div>
  );
}

function AttemptCard({ attempt }: { attempt: Attempt }) {
  const { number, at, status, error, durationMs, response } = attempt;
  const isTaken = status !== null && status >= 200 && status < 300;
  return (
    <li className="flex flex-col gap-2 rounded-md border border-line p-3 text-14">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="tabular text-muted">{number}.</span>
        <span className={cx("font-medium", isTaken ? "text-allowed" : "text-denied")}>
          {status === null ? attemptErrorTexts[error ?? "connection_failed"] : `Answered ${status}`}
        </span>
        <span className="tabular text-12 text-muted">{Math.round(durationMs).toLocaleString()} ms</span>
        <Time at={at} className="ml-auto text-12 text-muted" />
      </div>
      {status !== null && error !== null ? (
        <p className="text-12 text-muted">{attemptErrorTexts[error]}</p>
      ) : null}
      {response === null || response === "" ? null : (
        <div className="rounded-sm bg-sunken p-2 text-12">
          <SafeText text={response} isMono />
        </div>
      )}
    </li>
  );
}
