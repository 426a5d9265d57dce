import type { EventType } from "../../contract/event.ts";

/** What has happened, in the words of a person. */
export const eventTitles = {
  "verification.allowed": "Action allowed",
  "verification.denied": "Action denied",
  "verification.approval_required": "Approval required",
  "approval.requested": "Approval requested",
  "approval.approved": "Approval given",
  "approval.denied": "Approval denied",
  "approval.used": "Approval used",
  "approval.expired": "Approval expired",
  "agent.created": "Agent created",
  "agent.disabled": "Agent disabled",
  "agent.enabled": "Agent enabled",
  "agent.key_rotated": "Agent key rotated",
  "permission.created": "Permission created",
  "permission.revoked": "Permission revoked",
  "webhook.test": "Test from BehalfID",
} as const satisfies Record<EventType, string>;

/** Whether somebody is asked to decide. */
export function isRequest(type: EventType): type is "approval.requested" | "verification.approval_required" {
  return type === "approval.requested" || type === "verification.approval_required";
}
