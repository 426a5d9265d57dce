import { command } from "../../command.ts";
import { UserError } from "../../failure.ts";
import { moment, requiredArgument } from "../../inputs.ts";

export const webhooksReplayCommand = command(
  {
    path: ["webhooks", "replay"],
    summary: "send again what a webhook did not get",
    description:
      "One dead letter, or everything that a webhook missed since a time. What was delivered is not sent again.",
    access: "person",
    args: { id: requiredArgument("a delivery, or a webhook with --since") },
    options: { since: moment("for a webhook: 24h, or 2030-01-31T12:00:00Z") },
    examples: ["behalf webhooks replay dlv_xxx", "behalf webhooks replay wh_xxx --since 24h"],
  },
  async (context, { args, options }) => {
    const { output, signal } = context;
    const isWebhook = args.id.startsWith("wh_");
    if (isWebhook !== (options.since !== undefined))
      throw new UserError(
        isWebhook ? "Since when?" : "--since goes with a webhook, not with a delivery.",
        "Type: behalf webhooks replay wh_… --since 24h   or   behalf webhooks replay dlv_…",
      );
    const client = await context.person();
    if (options.since === undefined) {
      const answer = await client.webhooks.replay(args.id, { signal });
      output.result(answer, () =>
        output.line(`${output.paint("allowed", "✓")} ${answer.deliveryId} is on its way.`),
      );
      return;
    }
    const since =
      "at" in options.since ? options.since.at : new Date(context.now() - options.since.spanMs).toISOString();
    const answer = await client.webhooks.replaySince(args.id, since, { signal });
    output.result(answer, () => {
      const events = answer.replayed === 1 ? "1 event is" : `${answer.replayed} events are`;
      output.line(`${output.paint("allowed", "✓")} ${events} on the way.`);
    });
  },
);
