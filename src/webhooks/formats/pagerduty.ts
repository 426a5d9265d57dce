import type { Event } from "../../contract/event.ts";
import { legible, legibleValue } from "./legible.ts";
import { eventTitles, isRequest } from "./titles.ts";

const maxSummary = 1024;
const maxDetail = 1000;

type Common = { routing_key?: string; dedup_key: string };
export type PagerDutyEvent = Common &
  (
    | { event_action: "resolve" }
    | {
        event_action: "trigger";
        payload: {
          summary: string;
          source: string;
          severity: "warning";
          timestamp: string;
          component: string;
          class: string;
          custom_details: Record<string, string>;
        };
        links: { href: string; text: string }[];
        client: "BehalfID";
        client_url?: string;
      }
  );

/** `isOver`: what the event asks for has been decided or has ended since. */
export type PagerDutyContext = { routingKey: string | null; isOver: boolean };

/**
 * An event in the form of PagerDuty's Events API v2. A request for approval triggers an alert and whatever ends
 * it resolves it, both under the approval's id. A request that comes when it is over resolves too: it would open an
 * alert that nothing closes any more. A test resolves an alert that nobody opened: PagerDuty takes it, which shows that
 * address and key are right, and wakes nobody.
 */
export function pagerDutyEvent(event: Event, { routingKey, isOver }: PagerDutyContext): PagerDutyEvent {
  const { type, data } = event;
  const approvalId = legibleValue(data["approvalId"], 255);
  const common: Common = {
    ...(routingKey === null ? {} : { routing_key: routingKey }),
    dedup_key: approvalId ?? event.eventId,
  };
  if (!isRequest(type) || isOver) return { ...common, event_action: "resolve" };

  const agent = legibleValue(data["agentId"], maxDetail) ?? "an agent";
  const action = legibleValue(data["action"], maxDetail) ?? "act";
  const vendor = legibleValue(data["vendor"], maxDetail);
  const amount = legibleValue(data["amount"], maxDetail);
  const link = data["dashboardUrl"];
  const href = typeof link === "string" && URL.canParse(link) ? link : undefined;
  const details = { agentId: agent, action, vendor, amount, approvalId, eventId: event.eventId };
  return {
    ...common,
    event_action: "trigger",
    payload: {
      summary: legible(
        `${eventTitles[type]}: ${agent} wants ${action}${vendor === undefined ? "" : ` on ${vendor}`}`,
        maxSummary,
      ),
      source: agent,
      severity: "warning",
      timestamp: event.createdAt,
      component: vendor ?? action,
      class: type,
      custom_details: Object.fromEntries(
        Object.entries(details).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
    },
    links: href === undefined ? [] : [{ href, text: "Review the request" }],
    client: "BehalfID",
    ...(href === undefined ? {} : { client_url: href }),
  };
}
