import { reasonText } from "../../contract/reason-text.ts";
import { redact } from "../../crypto/redact.ts";
import { oneLine } from "../../mcp/one-line.ts";
import type { Outcome } from "./decide-call.ts";
import type { Deed } from "./described-call.ts";
import type { HookClient } from "./hook-clients.ts";
import { NoDecision } from "./no-decision.ts";

const folderHint =
  "A search is for everything below its folder, and not all of that is permitted. You may search a folder that no denied path can lie in, or one file.";

/** What an agent is told about a call that was not allowed. Its lines are ours, whatever was asked for. */
export function refusalText(outcome: Exclude<Outcome, { kind: "allowed" }>, client: HookClient): string {
  const { deed, packet } = outcome;
  const facts = [
    `Action: ${oneLine(redact(shown(deed)))}`,
    `Reason: ${oneLine(reasonText(packet.reason))} (${oneLine(packet.reasonCode)})`,
    `Request ID: ${oneLine(packet.requestId)}`,
  ];
  if (outcome.kind === "denied") {
    const { comment } = outcome.packet;
    return [
      "DENIED — this tool call did not run.",
      "",
      ...facts,
      ...(typeof comment === "string" ? [`The reviewer wrote: ${oneLine(comment)}`] : []),
      ...(packet.reasonCode === "path_not_permitted" && deed.filePath?.endsWith("/") === true
        ? [`Hint: ${folderHint}`]
        : []),
      "",
      "Do not look for another way to do it. Tell the user, who may change the agent's permissions.",
    ].join("\n");
  }
  const approvalId = oneLine(outcome.packet.approvalId);
  const past =
    outcome.ended === undefined ? [] : [`The request is ${outcome.ended}; the next call opens a new one.`];
  return [
    "APPROVAL REQUIRED — this tool call did not run.",
    "",
    ...facts,
    `Approval ID: ${approvalId}`,
    `Approve at: ${oneLine(outcome.packet.approvalUrl)}`,
    ...past,
    "",
    "Instructions:",
    `1. Tell the user that this needs approval (${approvalId}), and where to approve it.`,
    "2. Do not do it in another way.",
    `3. After the user confirms, make exactly the same tool call again${client === "cursor" ? "" : ", to the letter"}. It then runs once.`,
  ].join("\n");
}

/** What an agent is told when there is no decision. */
export function failureText(error: unknown): string {
  const { message, hint } =
    error instanceof NoDecision
      ? error
      : { message: "The hook failed.", hint: "Look at what is wrong: behalf doctor" };
  return [
    "NO DECISION — this tool call did not run.",
    "",
    `Reason: ${oneLine(message)}`,
    ...(hint === undefined ? [] : [`Hint: ${oneLine(hint)}`]),
    "",
    "BehalfID gave no permission, and what is not allowed is refused. Tell the user, and do not look for another way.",
  ].join("\n");
}

function shown({ action, resource, command, filePath }: Deed): string {
  const target = command ?? filePath;
  const on = resource === undefined ? "" : ` on ${resource}`;
  return `${action}${on}${target === undefined ? "" : `: ${target.slice(0, 400)}`}`;
}
