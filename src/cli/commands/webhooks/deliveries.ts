import type { Delivery } from "../../../contract/webhook.ts";
import { command } from "../../command.ts";
import { argument, choice, text, wholeNumber } from "../../inputs.ts";
import type { State } from "../../output/style.ts";
import { momentText } from "../../output/times.ts";
import { visibleLine } from "../../output/visible.ts";

const states: Record<Delivery["status"], State> = { pending: "held", delivered: "allowed", dead: "denied" };

export const webhooksDeliveriesCommand = command(
  {
    path: ["webhooks", "deliveries"],
    summary: "list what was sent to a webhook, and how that went",
    access: "person",
    args: { webhook: argument("the webhook; without one, the dead letters of all") },
    options: {
      status: choice(["pending", "delivered", "dead"], "only these"),
      limit: wholeNumber("COUNT", "how many (50)", 100),
      cursor: text("CURSOR", "the page after: the nextCursor of the one before"),
    },
    examples: ["behalf webhooks deliveries wh_xxx --status dead", "behalf webhooks deliveries"],
  },
  async (context, { args, options }) => {
    const { output, signal } = context;
    const client = await context.person();
    const { limit, cursor } = options;
    const page =
      args.webhook === undefined
        ? await client.webhooks.deadLetters({ limit, cursor }, { signal })
        : await client.webhooks.deliveries(args.webhook, options, { signal });
    const now = context.now();
    output.result(page, () => {
      if (page.deliveries.length === 0) {
        output.line(args.webhook === undefined ? "There is no dead letter." : "Nothing was sent to it.");
        return;
      }
      output.table(
        ["DELIVERY", "EVENT", "STATUS", "LAST ATTEMPT", "MADE"],
        page.deliveries.map((each) => [
          each.deliveryId,
          each.eventType,
          output.paint(states[each.status], each.status),
          lastAttempt(each, now),
          momentText(each.createdAt, now),
        ]),
      );
      const dead = page.deliveries.find(({ status }) => status === "dead");
      if (dead !== undefined) output.next(`behalf webhooks replay ${dead.deliveryId}`);
    });
  },
);

function lastAttempt({ attempts, attemptCount, nextAttemptAt }: Delivery, now: number): string {
  const last = attempts.at(-1);
  if (last === undefined) return "none yet";
  const answer = last.status === null ? visibleLine(last.error ?? "no answer") : String(last.status);
  const next = nextAttemptAt === null ? "" : `, again ${momentText(nextAttemptAt, now)}`;
  return `${answer} (attempt ${attemptCount}${next})`;
}
