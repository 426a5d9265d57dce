import type { Approval } from "../contract/approval.ts";
import type { Permission } from "../contract/permission.ts";
import type { BehalfID } from "../sdk/client.ts";
import type { Context } from "./context.ts";
import { momentText } from "./output/times.ts";
import { printApproval } from "./views/approval-card.ts";

/** An approval, and the rule that asks for a person where it can be read. */
export async function readForReview(
  client: BehalfID,
  approvalId: string,
  signal: AbortSignal,
): Promise<{ approval: Approval; permission: Permission | undefined }> {
  const approval = await client.approvals.review(approvalId, { signal });
  const permissions = await client.permissions.list(approval.agentId, { signal }).catch(() => []);
  return { approval, permission: permissions.find((each) => each.permissionId === approval.permissionId) };
}

/** Prints an approval as whoever decides it has to see it. */
export async function showForReview(
  context: Context,
  client: BehalfID,
  approvalId: string,
): Promise<Approval> {
  const { approval, permission } = await readForReview(client, approvalId, context.signal);
  printApproval(context.output, approval, permission, context.now());
  context.output.line();
  return approval;
}

/** Approves and says until when. */
export async function approve(
  context: Context,
  client: BehalfID,
  approvalId: string,
  comment: string | undefined,
): Promise<void> {
  const { output, signal } = context;
  const answer = await client.approvals.approve(approvalId, { comment, signal });
  output.result({ approvalId, ...answer }, () => {
    const ends = momentText(answer.grantExpiresAt, context.now());
    output.line(
      `${output.paint("allowed", "✓")} Approved once. The agent can act until the grant ends, ${ends}.`,
    );
  });
}

/** Denies and says what the agent is told. */
export async function deny(
  context: Context,
  client: BehalfID,
  approvalId: string,
  comment: string | undefined,
): Promise<void> {
  const { output, signal } = context;
  const answer = await client.approvals.deny(approvalId, { comment, signal });
  output.result({ approvalId, ...answer }, () => {
    const told = comment === undefined ? "" : " The agent reads your comment.";
    output.line(
      `${output.paint("denied", "✓")} Denied. Asking the same again is refused for a while.${told}`,
    );
  });
}
