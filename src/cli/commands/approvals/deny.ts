import { command } from "../../command.ts";
import { requiredArgument, text } from "../../inputs.ts";
import { deny } from "../../review-approval.ts";

export const approvalsDenyCommand = command(
  {
    path: ["approvals", "deny"],
    summary: "refuse a request",
    description: "The agent reads the comment, and the same request is refused for a while.",
    access: "person",
    args: { approval: requiredArgument("the approval") },
    options: { comment: text("TEXT", "why, as the agent will read it") },
    examples: ['behalf approvals deny apr_xxx --comment "Not before the freeze ends."'],
  },
  async (context, { args, options }) => deny(context, await context.person(), args.approval, options.comment),
);
