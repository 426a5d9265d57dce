import { confirm } from "../../ask.ts";
import { command } from "../../command.ts";
import { UserError } from "../../failure.ts";
import { flag, requiredArgument } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";

export const webhooksDeleteCommand = command(
  {
    path: ["webhooks", "delete"],
    summary: "delete a webhook with its deliveries",
    access: "person",
    args: { webhook: requiredArgument("the webhook") },
    options: { yes: flag("delete without being asked, as scripts do") },
    examples: ["behalf webhooks delete wh_xxx --yes"],
  },
  async (context, { args, options }) => {
    const { output, signal } = context;
    if (options.yes !== true) {
      if (!output.isInteractive)
        throw new UserError("Deleting has to be confirmed, and there is nobody to ask.", "Add --yes.");
      if (!(await confirm(output, `Delete ${visibleLine(args.webhook)} and all its deliveries?`)))
        throw new UserError("Not deleted. Nothing was changed.");
    }
    const client = await context.person();
    const answer = await client.webhooks.delete(args.webhook, { signal });
    output.result(answer, () => output.line(`${output.paint("allowed", "✓")} ${args.webhook} is gone.`));
  },
);
