import { command } from "../../command.ts";
import { requiredArgument } from "../../inputs.ts";
import { readForReview } from "../../review-approval.ts";
import { printApproval } from "../../views/approval-card.ts";

export const approvalsShowCommand = command(
  {
    path: ["approvals", "show"],
    summary: "show exactly what an approval is bound to",
    description:
      "Nothing is shortened. What hides, turns text around or passes for another sign is written out.",
    access: "person",
    args: { approval: requiredArgument("the approval") },
    examples: ["behalf approvals show apr_xxx"],
  },
  async (context, { args }) => {
    const { output, signal } = context;
    const client = await context.person();
    const { approval, permission } = await readForReview(client, args.approval, signal);
    output.result({ approval }, () => {
      printApproval(output, approval, permission, context.now());
      if (approval.status === "pending")
        output.next(
          `behalf approvals approve ${approval.approvalId}   or   behalf approvals deny ${approval.approvalId}`,
        );
    });
  },
);
