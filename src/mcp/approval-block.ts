import type { ApprovalPacket } from "../contract/verify.ts";
import { redact } from "../crypto/redact.ts";
import { oneLine } from "./one-line.ts";

const verifyAgain = [
  "3. After the user confirms they have approved, call verify_action again with the same arguments.",
  "4. If verify_action returns allowed: true, proceed. If it still returns approvalRequired, wait.",
];

/**
 * What an agent is told to do when a person has to approve first. Its lines are ours, whatever was asked for. `again`
 * says how to come back, where it is not by verify_action.
 */
export function approvalBlock(
  action: string,
  target: string | undefined,
  packet: ApprovalPacket,
  again: readonly string[] = verifyAgain,
): string {
  const approvalId = oneLine(packet.approvalId);
  const asked = target === undefined ? oneLine(action) : `${oneLine(action)} on ${oneLine(target)}`;
  return [
    "APPROVAL REQUIRED — do not execute this action.",
    "",
    `Action: ${redact(asked)}`,
    `Request ID: ${oneLine(packet.requestId)}`,
    `Approval ID: ${approvalId}`,
    "",
    "A human must approve this request before the action can proceed.",
    `Approve at: ${oneLine(packet.approvalUrl)}`,
    "",
    "Instructions:",
    `1. Tell the user: "I need approval to run this action. Please visit the BehalfID Approvals dashboard and approve the pending request (${approvalId})."`,
    "2. Do not execute the action.",
    ...again,
  ].join("\n");
}
