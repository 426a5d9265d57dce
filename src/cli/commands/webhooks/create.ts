import { text as readText } from "node:stream/consumers";
import type { Subscription } from "../../../contract/webhook.ts";
import { command } from "../../command.ts";
import { choice, flag, list, requiredArgument } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";

export const webhooksCreateCommand = command(
  {
    path: ["webhooks", "create"],
    summary: "send events to an address, and print its secret once",
    access: "person",
    args: { url: requiredArgument("where to, https://…") },
    options: {
      events: list("A,B", "the types of event (all of them)"),
      format: choice(["json", "slack", "pagerduty"], "what is sent (json)"),
      routingKeyStdin: flag("for pagerduty: read the integration key from stdin"),
    },
    examples: [
      "behalf webhooks create https://example.com/hooks --events approval.requested,approval.approved",
      "behalf webhooks create https://hooks.slack.com/services/… --format slack --events approval.requested",
    ],
  },
  async (context, { args, options }) => {
    const { output, signal } = context;
    const routingKey =
      options.routingKeyStdin === true ? (await readText(output.streams.stdin)).trim() : undefined;
    const client = await context.person();
    // The server names the types that there are, should one of these be none.
    const events = (options.events ?? ["*"]) as Subscription[];
    const made = await client.webhooks.create(
      { url: args.url, events, format: options.format, routingKey },
      { signal },
    );
    output.result(made, () => {
      output.facts([
        ["webhook", made.webhook.webhookId],
        ["url", visibleLine(made.webhook.url)],
        ["events", made.webhook.events.map(visibleLine)],
        ["secret", `${visibleLine(made.secret)}  (shown once)`],
      ]);
      output.next(`behalf webhooks test ${made.webhook.webhookId}`);
    });
  },
);
