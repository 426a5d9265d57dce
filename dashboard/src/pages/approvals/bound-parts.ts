import type { Approval } from "../../../../src/contract/approval.ts";
import { visiblePieces } from "../../../../src/contract/visible-text.ts";
import { amountText } from "../../lib/amount-text.ts";

/** One thing that an approval is bound to. Change a byte of it and it is another request. */
export type BoundPart = { name: string; label: string; text: string };

type Bound = { facts: BoundPart[]; blocks: BoundPart[] };

/** Everything that an approval is bound to, beside the action and the resource: short facts, and what runs. */
export function boundParts(approval: Approval): Bound {
  const { amount, arguments: given } = approval;
  return {
    facts: parts([
      ["amount", "Amount", amount === null ? null : amountText(amount)],
      ["environment", "Environment", approval.environment],
      ["branch", "Branch", approval.branch],
      ["repository", "Repository", approval.repository],
      ["filePath", "File", approval.filePath],
      ["cwd", "In folder", approval.cwd],
    ]),
    blocks: parts([
      ["command", "Command", approval.command],
      ["arguments", "Arguments", given === null ? null : JSON.stringify(given, null, 2)],
    ]),
  };
}

function parts(named: [name: string, label: string, text: string | null][]): BoundPart[] {
  return named.flatMap(([name, label, text]) => (text === null ? [] : [{ name, label, text }]));
}

/** All of it in one list, the action and the resource first. */
export function allBound(approval: Approval): BoundPart[] {
  const { facts, blocks } = boundParts(approval);
  const head = parts([
    ["action", "Action", approval.action],
    ["resource", "Resource", approval.resource],
  ]);
  return [...head, ...facts, ...blocks];
}

/** Whether a part is too long to be open from the beginning. */
export function startsFolded({ text }: BoundPart): boolean {
  return text.length > 2000 || text.split("\n", 26).length > 25;
}

/** How many characters of a request hide, move others about or pass for others. */
export function disguisedCharacters(approval: Approval): number {
  return [...allBound(approval).map(({ text }) => text), approval.agentName]
    .flatMap(visiblePieces)
    .filter((piece) => piece.kind === "escape").length;
}
