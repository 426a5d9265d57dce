import { command } from "../../command.ts";
import { requiredArgument } from "../../inputs.ts";

function switching(verb: "enable" | "disable", summary: string, hint: string) {
  return command(
    {
      path: ["webhooks", verb],
      summary,
      access: "person",
      args: { webhook: requiredArgument("the webhook") },
      examples: [`behalf webhooks ${verb} wh_xxx`],
    },
    async (context, { args }) => {
      const { output, signal } = context;
      const client = await context.person();
      const webhook = await client.webhooks[verb](args.webhook, { signal });
      output.result({ webhook }, () => {
        output.line(`${output.paint("allowed", "✓")} ${webhook.webhookId} is ${webhook.status}.`);
        output.next(hint);
      });
    },
  );
}

export const webhooksEnableCommand = switching(
  "enable",
  "send events to a webhook again",
  "behalf webhooks replay WEBHOOK --since 24h sends what it missed",
);

export const webhooksDisableCommand = switching(
  "disable",
  "send nothing to a webhook",
  "behalf webhooks enable WEBHOOK turns it on again",
);
