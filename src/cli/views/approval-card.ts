import { grantMs, type Approval, type ApprovalStatus } from "../../contract/approval.ts";
import type { Permission } from "../../contract/permission.ts";
import type { Fact } from "../output/columns.ts";
import type { Output } from "../output/output.ts";
import type { State } from "../output/style.ts";
import { momentText } from "../output/times.ts";
import { visibleLine, visibleLines } from "../output/visible.ts";

export const approvalStates: Record<ApprovalStatus, State> = {
  pending: "held",
  approved: "allowed",
  denied: "denied",
  used: "strong",
  expired: "over",
  void: "over",
};

/**
 * Everything that an approval is bound to, in full: nothing is shortened, and what hides, turns text around or passes
 * for another sign is written out. `permission` is the rule that asks for a person, when it is known.
 */
export function printApproval(
  output: Output,
  approval: Approval,
  permission: Permission | undefined,
  now: number,
): void {
  const { paint } = output;
  const { status } = approval;
  const title = `${visibleLine(approval.action)}${approval.vendor === null ? "" : ` on ${visibleLine(approval.vendor)}`}`;
  output.lines([`${paint("strong", title)}  ${paint(approvalStates[status], status)}`, ""]);
  output.facts([
    ["approval", approval.approvalId],
    ["resource", text(approval.resource === approval.vendor ? null : approval.resource)],
    ["amount", approval.amount === null ? undefined : String(approval.amount)],
    ["environment", text(approval.environment)],
    ["branch", text(approval.branch)],
    ["repository", text(approval.repository)],
    ["command", approval.command === null ? undefined : visibleLines(approval.command)],
    ["file", text(approval.filePath)],
    ["cwd", text(approval.cwd)],
    ["arguments", argumentLines(approval)],
    ["asked by", `${visibleLine(approval.agentName)} (${approval.agentId})`],
    ["asked", `${momentText(approval.createdAt, now)}, request ${approval.requestId}`],
    ["because", ruleOf(approval, permission)],
    ["bound as", `sha256 ${visibleLine(approval.fingerprint)}`],
    ...standingFacts(approval, now),
  ]);
}

function standingFacts(approval: Approval, now: number): Fact[] {
  const { decidedAt, decidedByName, decidedBy, grantExpiresAt, usedAt, usedByRequestId } = approval;
  const by = decidedByName ?? decidedBy;
  const minutes = grantMs / 60_000;
  return [
    [
      "approving",
      approval.status === "pending"
        ? `allows exactly this, once, within ${minutes} minutes; anything else has to ask again`
        : undefined,
    ],
    ["expires", approval.status === "pending" ? momentText(approval.expiresAt, now) : undefined],
    [
      "decided",
      decidedAt === null
        ? undefined
        : `${momentText(decidedAt, now)}${by === null ? "" : ` by ${visibleLine(by)}`}`,
    ],
    ["comment", text(approval.comment)],
    [
      "grant ends",
      approval.status === "approved" && grantExpiresAt !== null ? momentText(grantExpiresAt, now) : undefined,
    ],
    [
      "used",
      usedAt === null
        ? undefined
        : `${momentText(usedAt, now)}${usedByRequestId === null ? "" : ` by ${usedByRequestId}`}`,
    ],
  ];
}

function ruleOf(
  { permissionId, requireDifferentApprover }: Approval,
  permission: Permission | undefined,
): string {
  const rule =
    permission === undefined
      ? ""
      : `, which covers ${visibleLine(permission.action)}${permission.resource === undefined ? "" : ` on ${visibleLine(permission.resource)}`}`;
  const who = requireDifferentApprover ? "someone other than who made the agent" : "a person";
  return `${permissionId}${rule}, needs ${who}`;
}

function argumentLines({ arguments: given }: Approval): string[] | undefined {
  return given === null ? undefined : visibleLines(JSON.stringify(given, null, 2));
}

function text(value: string | null): string | undefined {
  return value === null ? undefined : visibleLine(value);
}
