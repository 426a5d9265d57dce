import type { Event } from "../contract/event.ts";
import type { EventId } from "../contract/ids.ts";
import type { LedgerEntry } from "../contract/ledger-entry.ts";
import { jsonBytes } from "../contract/text.ts";

// A queue takes 100 messages and 256 KB in one batch.
export const maxMessages = 100;
const maxBytes = 200_000;

/** What webhooks hear of a decision: no arguments, no policyContext and no metadata. */
export function eventOf(entry: LedgerEntry, eventId: EventId): Event {
  return {
    eventId,
    type: `verification.${entry.decision}`,
    createdAt: entry.at,
    accountId: entry.accountId,
    data: {
      requestId: entry.requestId,
      approvalId: entry.approvalId,
      agentId: entry.agentId,
      action: entry.action,
      allowed: entry.allowed,
      approvalRequired: entry.approvalRequired,
      risk: entry.risk,
      permissionId: entry.permissionId,
      vendor: entry.vendor,
      amount: entry.amount,
      reason: entry.reason,
      reasonCode: entry.reasonCode,
    },
  };
}

/** How many of `events`, from the first, a queue takes in one batch; at least one. */
export function batchLength(events: readonly Event[]): number {
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    bytes += jsonBytes(event);
    if (index > 0 && (index === maxMessages || bytes > maxBytes)) return index;
  }
  return events.length;
}
