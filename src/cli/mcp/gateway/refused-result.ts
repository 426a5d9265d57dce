import type { CallToolResult } from "@modelcontextprotocol/server";
import { reasonText } from "../../../contract/reason-text.ts";
import { approvalBlock } from "../../../mcp/approval-block.ts";
import { oneLine } from "../../../mcp/one-line.ts";
import type { Decided } from "./decide-call.ts";

const callAgain = [
  "3. After the user confirms they have approved, call this tool again with the same arguments.",
  "4. It then runs, once. If it is held again, wait.",
];

/** What the agent is told in place of the tool's answer: why the call was not made, and what to do. */
export function refusedResult(
  { packet, approval }: Extract<Decided, { outcome: "refused" }>,
  { action, vendor }: { action: string; vendor: string | undefined },
): CallToolResult {
  if (packet.approvalRequired && approval === undefined)
    return errorResult(approvalBlock(action, vendor, packet, callAgain));
  const comment = approval?.comment ?? ("comment" in packet ? packet.comment : undefined);
  const status = approval?.status;
  const reason =
    status === undefined ? reasonText(packet.reason) : `The approval that was asked for is ${status}.`;
  return errorResult(
    [
      `${status === undefined || status === "denied" ? "DENIED" : "NOT APPROVED"} — do not execute this action.`,
      "",
      `Action: ${oneLine(action)}${vendor === undefined ? "" : ` on ${oneLine(vendor)}`}`,
      `Reason: ${oneLine(reason)}`,
      ...(status === undefined ? [`Code: ${packet.reasonCode}`] : []),
      `Request ID: ${oneLine(packet.requestId)}`,
      ...(comment == null ? [] : [`The reviewer's comment: ${oneLine(comment)}`]),
      "",
      "Instructions:",
      "1. The tool was not called. Do not look for another way to do it.",
      "2. Tell the user that it was refused, and why.",
    ].join("\n"),
  );
}

function errorResult(text: string): CallToolResult {
  return { content: [{ type: "text", text }], isError: true };
}
