import { command } from "../../command.ts";
import { requiredArgument } from "../../inputs.ts";

export const webhooksTestCommand = command(
  {
    path: ["webhooks", "test"],
    summary: "send a test event to a webhook",
    access: "person",
    args: { webhook: requiredArgument("the webhook") },
    examples: ["behalf webhooks test wh_xxx"],
  },
  async (context, { args }) => {
    const { output, signal } = context;
    const client = await context.person();
    const sent = await client.webhooks.test(args.webhook, { signal });
    output.result(sent, () => {
      output.line(`${output.paint("allowed", "✓")} ${sent.eventId} is on its way, as ${sent.deliveryId}.`);
      output.next(`behalf webhooks deliveries ${args.webhook}`);
    });
  },
);
