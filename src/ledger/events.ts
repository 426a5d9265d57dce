import type { Event } from "../contract/event.ts";
import type { EventId } from "../contract/ids.ts";
import type { LedgerEntry } from "../contract/ledger-entry.ts";

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
