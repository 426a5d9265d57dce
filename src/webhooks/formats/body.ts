import type { Event } from "../../contract/event.ts";
import type { WebhookFormat } from "../../contract/webhook.ts";
import { type PagerDutyContext, pagerDutyEvent } from "./pagerduty.ts";
import { slackMessage } from "./slack.ts";

/** The bytes of a delivery's body, as text. */
export function deliveryBody(event: Event, format: WebhookFormat, pagerDuty: PagerDutyContext): string {
  switch (format) {
    case "json": {
      const { eventId, type, createdAt, accountId, data } = event;
      return JSON.stringify({ eventId, type, createdAt, accountId, data });
    }
    case "slack":
      return JSON.stringify(slackMessage(event));
    case "pagerduty":
      return JSON.stringify(pagerDutyEvent(event, pagerDuty));
  }
}
