import { command } from "../../command.ts";
import { text, wholeNumber } from "../../inputs.ts";
import { visibleLine } from "../../output/visible.ts";

export const webhooksListCommand = command(
  {
    path: ["webhooks", "list"],
    summary: "list where events are sent",
    access: "person",
    options: {
      limit: wholeNumber("COUNT", "how many (50)", 100),
      cursor: text("CURSOR", "the page after: the nextCursor of the one before"),
    },
    examples: ["behalf webhooks list"],
  },
  async (context, { options }) => {
    const { output, signal } = context;
    const client = await context.person();
    const page = await client.webhooks.list(options, { signal });
    output.result(page, () => {
      if (page.webhooks.length === 0) {
        output.line("Events are sent nowhere yet.");
        output.next("behalf webhooks create https://example.com/hooks");
        return;
      }
      output.table(
        ["WEBHOOK", "URL", "FORMAT", "EVENTS", "STATUS"],
        page.webhooks.map(({ webhookId, url, format, events, status, disabledReason, failingSince }) => [
          webhookId,
          visibleLine(url),
          format,
          events.length > 2 ? `${events.length} types` : events.join(", "),
          status === "disabled"
            ? output.paint("denied", `disabled (${disabledReason ?? "by_person"})`)
            : output.paint(
                failingSince === null ? "allowed" : "denied",
                failingSince === null ? "active" : "failing",
              ),
        ]),
      );
      if (page.nextCursor !== null)
        output.next(`behalf webhooks list --cursor ${visibleLine(page.nextCursor)}`);
    });
  },
);
