import { type ReactNode, useState } from "react";
import type * as z from "zod";
import type { Subscription, Webhook, WebhookFormat } from "../../../../src/contract/webhook.ts";
import { Button } from "../../components/ui/button.tsx";
import { TextField } from "../../components/ui/field.tsx";
import { Form } from "../../components/ui/form.tsx";
import { SelectField } from "../../components/ui/select.tsx";
import { EventsChoice } from "./events-choice.tsx";

const formats: { value: WebhookFormat; label: string }[] = [
  { value: "json", label: "JSON: the event as it is" },
  { value: "slack", label: "Slack: a message with a link to the approval" },
  { value: "pagerduty", label: "PagerDuty: an incident for each request that waits" },
];

const atFirst: Subscription[] = [
  "verification.approval_required",
  "approval.approved",
  "approval.denied",
  "approval.expired",
];

type WebhookFormProps<Body> = {
  schema: z.ZodType<Body>;
  webhook?: Webhook;
  action: ReactNode;
  isBusy: boolean;
  error: Error | null;
  onValid: (body: Body) => void;
};

/** Where events go, which, and how they look: for a new webhook and for a change to one. */
export function WebhookForm<Body>({
  schema,
  webhook,
  action,
  isBusy,
  error,
  onValid,
}: WebhookFormProps<Body>) {
  const [format, setFormat] = useState<WebhookFormat>(webhook?.format ?? "json");
  const [events, setEvents] = useState<readonly Subscription[]>(webhook?.events ?? atFirst);
  return (
    <Form
      schema={schema}
      error={error}
      toBody={({ url, routingKey }) => ({
        url: url ?? "",
        format,
        events,
        ...(format === "pagerduty" && routingKey !== undefined ? { routingKey } : {}),
      })}
      onValid={onValid}
    >
      <TextField
        name="url"
        label="Address"
        type="url"
        placeholder="https://example.com/webhooks/behalfid"
        defaultValue={webhook?.url ?? ""}
        autoComplete="off"
        spellCheck={false}
        hint="A public https address that takes a POST and answers 2xx within 10 seconds."
      />
      <SelectField
        name="format"
        label="Format"
        choices={formats}
        value={format}
        onChange={(next) => setFormat(next)}
      />
      {format === "pagerduty" ? (
        <TextField
          name="routingKey"
          label="Integration key"
          isOptional
          autoComplete="off"
          spellCheck={false}
          hint={
            webhook?.hasRoutingKey
              ? "One is kept. Leave this empty to keep it."
              : "The 32 letters and digits of the PagerDuty service. Kept encrypted and never shown again."
          }
        />
      ) : null}
      <EventsChoice chosen={events} onChange={setEvents} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {action}
        </Button>
      </div>
    </Form>
  );
}
