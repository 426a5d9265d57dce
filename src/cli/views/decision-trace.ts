import { reasonText } from "../../contract/reason-text.ts";
import type { DecisionPacket } from "../../contract/verify.ts";
import { redact } from "../../crypto/redact.ts";
import type { Fact } from "../output/columns.ts";
import type { Output } from "../output/output.ts";
import { momentText } from "../output/times.ts";
import { visibleLine } from "../output/visible.ts";

export type Asked = {
  agentId: string;
  agentName: string | undefined;
  /** How many permissions the agent has in force, when that is known. */
  permissionCount: number | undefined;
  action: string;
  vendor: string | undefined;
  environment: string | undefined;
  amount: number | undefined;
};

/** What was asked and what was answered, as a trace. `executed` says whether anything has run. */
export function printTrace(output: Output, asked: Asked, packet: DecisionPacket, now: number): void {
  const { agentId, agentName, permissionCount } = asked;
  output.facts([
    ["agent", visibleLine(agentId)],
    ["action", visibleLine(redact(asked.action))],
    ["vendor", asked.vendor === undefined ? undefined : visibleLine(redact(asked.vendor))],
    ["env", asked.environment === undefined ? undefined : visibleLine(redact(asked.environment))],
    ["amount", asked.amount === undefined ? undefined : String(asked.amount)],
  ]);
  output.lines(["", `  checking ${visibleLine(agentName ?? agentId)}...`]);
  if (permissionCount !== undefined)
    output.line(`  ${permissionCount} permission${permissionCount === 1 ? "" : "s"} active`);
  output.line();
  output.facts(decisionFacts(output, packet, now));
}

function decisionFacts({ paint }: Output, packet: DecisionPacket, now: number): Fact[] {
  const state = packet.allowed ? "allowed" : packet.approvalRequired ? "held" : "denied";
  return [
    ["DECISION", paint(state, packet.allowed ? "allowed" : "denied")],
    ["reason", packet.reasonCode],
    ["executed", "false"],
    ["requestId", packet.requestId],
    ...approvalFacts(packet, now),
    ["meaning", visibleLine(reasonText(packet.reason))],
    [
      "comment",
      "comment" in packet && packet.comment !== undefined ? visibleLine(packet.comment) : undefined,
    ],
  ];
}

function approvalFacts(packet: DecisionPacket, now: number): Fact[] {
  if (!packet.approvalRequired) return [];
  return [
    ["approvalId", packet.approvalId],
    ["approve at", visibleLine(packet.approvalUrl)],
    ["expires", momentText(packet.expiresAt, now)],
  ];
}
