import { command } from "../../command.ts";
import { requiredArgument, span } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";

export const webhooksRotateSecretCommand = command(
  {
    path: ["webhooks", "rotate-secret"],
    summary: "give a webhook a new secret, and print it once",
    access: "person",
    args: { webhook: requiredArgument("the webhook") },
    options: { overlap: span("how long the old secret signs, too, such as 1h (24h)") },
    examples: ["behalf webhooks rotate-secret wh_xxx --overlap 1h"],
  },
  async (context, { args, options }) => {
    const { output, signal } = context;
    const client = await context.person();
    const overlapSeconds = options.overlap === undefined ? undefined : Math.floor(options.overlap / 1000);
    const made = await client.webhooks.rotateSecret(args.webhook, { overlapSeconds, signal });
    output.result(made, () =>
      output.facts([
        ["webhook", made.webhook.webhookId],
        ["secret", `${visibleLine(made.secret)}  (shown once)`],
      ]),
    );
  },
);
