import type { EventType } from "../contract/event.ts";

// PagerDuty ignores the end of an alert that it does not know, and nothing closes one that is opened after its end.
const opening = ["approval.requested", "verification.approval_required"] as const satisfies EventType[];
const closing = [
  "approval.approved",
  "approval.denied",
  "approval.used",
  "approval.expired",
] as const satisfies EventType[];

// How old a request may be to open an alert although it was decided: later nobody is woken for what is over.
const freshMs = 60_000;
// How long its end stays behind a request that nobody has begun to send. Longer than `freshMs` and a lease, so that
// what comes after a request which was let go ahead still finds the alert.
const heldMs = 120_000;

const anyOf = (types: readonly EventType[]) => `(${types.map((type) => `'${type}'`).join(", ")})`;
const approvalOf = (event: string) => `${event}.event->>'$.data.approvalId'`;

/**
 * Whether delivery `d` would close an alert at PagerDuty while the request that opens it is on its way there, or is
 * about to be for the first time. A condition in SQL; `now` is its parameter with epoch milliseconds.
 */
export const isHeld = (now: string): string => `
  EXISTS (
    SELECT 1 FROM webhooks hw JOIN events he ON he.id = d.event_id
    WHERE hw.id = d.webhook_id AND hw.format = 'pagerduty' AND he.type IN ${anyOf(closing)} AND EXISTS (
      SELECT 1 FROM (
        SELECT event_id FROM deliveries
        WHERE webhook_id = d.webhook_id AND created_at > ${now} - ${heldMs} AND state = 'pending' AND attempt_count = 0
        UNION ALL
        SELECT event_id FROM deliveries WHERE webhook_id = d.webhook_id AND lease_until > ${now}) ho
      JOIN events hr ON hr.id = ho.event_id
      WHERE hr.type IN ${anyOf(opening)} AND ${approvalOf("hr")} = ${approvalOf("he")}))`;

/**
 * Whether what delivery `d` of event `e` to webhook `w` asks of PagerDuty is over: its approval is not pending any
 * more. A fresh request still goes ahead of its end, once, so that an alert shows what was decided within moments.
 */
export const isOver = (now: string): string => `
  w.format = 'pagerduty' AND EXISTS (
    SELECT 1 FROM approvals a
    WHERE a.id = ${approvalOf("e")} AND a.account_id = d.account_id AND a.status <> 'pending'
      AND NOT (a.status <> 'void' AND d.attempt_count = 0 AND e.created_at > ${now} - ${freshMs} AND NOT EXISTS (
        SELECT 1 FROM deliveries oc JOIN events oe ON oe.id = oc.event_id
        WHERE oc.webhook_id = d.webhook_id AND oc.created_at > ${now} - ${heldMs}
          AND (oc.state <> 'pending' OR oc.attempt_count > 0 OR oc.lease IS NOT NULL)
          AND oe.type IN ${anyOf(closing)} AND ${approvalOf("oe")} = a.id)))`;
