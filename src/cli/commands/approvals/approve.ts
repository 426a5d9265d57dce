import { confirm } from "../../ask.ts";
import { command } from "../../command.ts";
import { UserError } from "../../failure.ts";
import { flag, requiredArgument, text } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";
import { approve, showForReview } from "../../review-approval.ts";

export const approvalsApproveCommand = command(
  {
    path: ["approvals", "approve"],
    summary: "allow a request, once",
    description:
      "Shows everything that is bound, and asks before it approves. The grant is good for 30 minutes.",
    access: "person",
    args: { approval: requiredArgument("the approval") },
    options: {
      comment: text("TEXT", "a comment for the record"),
      yes: flag("approve without being asked, as scripts do"),
    },
    examples: [
      "behalf approvals approve apr_xxx",
      'behalf approvals approve apr_xxx --yes --comment "Go ahead."',
    ],
  },
  async (context, { args, options }) => {
    const { output } = context;
    if (options.yes !== true && !output.isInteractive)
      throw new UserError(
        "Approving has to be confirmed, and there is nobody to ask.",
        `Look first (behalf approvals show ${visibleLine(args.approval)}), then add --yes.`,
      );
    const client = await context.person();
    if (!output.isJson) {
      const { action } = await showForReview(context, client, args.approval);
      if (options.yes !== true && !(await confirm(output, `Approve ${visibleLine(action)} once?`)))
        throw new UserError("Not approved. Nothing was changed.");
    }
    await approve(context, client, args.approval, options.comment);
  },
);
