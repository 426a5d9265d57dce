import { approvalPage } from "../../contract/approval-page.ts";
import type { Event } from "../../contract/event.ts";
import type { WebhookFormat } from "../../contract/webhook.ts";
import { type PagerDutyContext, pagerDutyEvent } from "./pagerduty.ts";
import { slackMessage } from "./slack.ts";

/** `site`: the origin where people open the dashboard. */
export type BodyContext = PagerDutyContext & { site: string };

/** The bytes of a delivery's body, as text. */
export function deliveryBody(event: Event, format: WebhookFormat, context: BodyContext): string {
  switch (format) {
    case "json": {
      const { eventId, type, createdAt, accountId, data } = event;
      return JSON.stringify({ eventId, type, createdAt, accountId, data });
    }
    case "slack":
      return JSON.stringify(slackMessage(withLink(event, context.site)));
    case "pagerduty":
      return JSON.stringify(pagerDutyEvent(withLink(event, context.site), context));
  }
}

// The event of a decision names its approval and not the page of it; a person who reads a message wants the page.
function withLink(event: Event, site: string): Event {
  const { approvalId, dashboardUrl } = event.data;
  if (dashboardUrl !== undefined || typeof approvalId !== "string") return event;
  return { ...event, data: { ...event.data, dashboardUrl: approvalPage(site, approvalId) } };
}
