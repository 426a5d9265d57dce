import { approvalPage } from "../contract/approval-page.ts";
import type { ApprovalStatus } from "../contract/approval.ts";
import type { Event, EventType } from "../contract/event.ts";
import type { AccountId, AgentId, EventId, PermissionId } from "../contract/ids.ts";
import { rfc3339 } from "../contract/moment.ts";
import { reasons } from "../contract/reasons.ts";
import type { ApprovalState } from "./transition.ts";

/** Whose gate it is. */
export type GateIdentity = { accountId: AccountId; agentId: AgentId; permissionId: PermissionId };

// An approval enters each status once, so its status says what has just happened to it.
const eventTypes = {
  pending: "approval.requested",
  approved: "approval.approved",
  denied: "approval.denied",
  used: "approval.used",
  expired: "approval.expired",
  // The change that ended the permission or the agent has an event of its own.
  void: undefined,
} as const satisfies Record<ApprovalStatus, EventType | undefined>;

/** The event of the change that brought an approval to its present status, if that change has one. */
export function approvalEvent(
  { accountId, agentId, permissionId }: GateIdentity,
  approval: ApprovalState,
  appUrl: string,
  eventId: EventId,
  now: number,
): Event | undefined {
  const type = eventTypes[approval.status];
  if (type === undefined) return undefined;
  const { approvalId, requestId, status, intent } = approval;
  const { grantExpiresAt, decidedBy, comment } = approval;
  return {
    eventId,
    type,
    createdAt: rfc3339(now),
    accountId,
    data: {
      approvalId,
      requestId,
      status,
      agentId,
      permissionId,
      action: intent.action,
      ...(intent.resource !== undefined && { vendor: intent.resource }),
      ...(intent.amount !== undefined && { amount: intent.amount }),
      risk: reasons.requires_approval.risk,
      dashboardUrl: approvalPage(appUrl, approvalId),
      expiresAt: rfc3339(approval.expiresAt),
      ...(grantExpiresAt !== null && { grantExpiresAt: rfc3339(grantExpiresAt) }),
      ...(decidedBy !== null && { decidedBy }),
      ...(comment !== null && { comment }),
    },
  };
}
