import { eventTypes } from "../../../../src/contract/event.ts";
import type {
  attemptErrors,
  DeadReason,
  DisabledReason,
  WebhookFormat,
} from "../../../../src/contract/webhook.ts";

export const formatNames: Record<WebhookFormat, string> = {
  json: "JSON",
  slack: "Slack",
  pagerduty: "PagerDuty",
};

/** Why nothing is sent to a webhook, and what to do about it. */
export const disabledReasons: Record<DisabledReason, { what: string; next: string }> = {
  by_person: {
    what: "Someone switched it off.",
    next: "Enable it to send events again, then replay what it missed.",
  },
  gone: {
    what: "It answered 410 Gone, which says that it is not there any more.",
    next: "Correct its address, enable it, then replay what it missed.",
  },
  failing: {
    what: "For five days, not one delivery succeeded.",
    next: "Look at the attempts below, mend the receiver, enable it, then replay what it missed.",
  },
};

export const deadReasons: Record<DeadReason, string> = {
  attempts_exhausted: "Every attempt failed.",
  gone: "The endpoint answered 410 Gone.",
  endpoint_disabled: "The endpoint was disabled when it came due.",
};

export const attemptErrorTexts: Record<(typeof attemptErrors)[number], string> = {
  timeout: "No answer within 10 seconds",
  connection_failed: "The connection failed",
  target_refused: "The address is not one that may be sent to",
  target_unresolved: "The host name has no address",
  signing_failed: "The delivery could not be signed",
};

/** The event types by what they are about: "approval" with its four, and so on. */
export const eventGroups: [subject: string, types: (typeof eventTypes)[number][]][] = Object.entries(
  Object.groupBy(eventTypes, (type) => type.slice(0, type.indexOf("."))),
).map(([subject, types = []]) => [subject, types]);
