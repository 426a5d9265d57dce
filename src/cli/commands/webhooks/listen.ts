import { setTimeout as sleep } from "node:timers/promises";
import type { Event } from "../../../contract/event.ts";
import { newWebhookSecret } from "../../../crypto/secrets.ts";
import { signDelivery } from "../../../crypto/webhook-signature.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { UserError } from "../../failure.ts";
import { list, required, text } from "../../inputs.ts";
import { keepTrying } from "../../keep-trying.ts";
import { visibleLine } from "../../output/visible.ts";

const pollMs = 1000;
const forwardTimeoutMs = 10_000;

export const webhooksListenCommand = command(
  {
    path: ["webhooks", "listen"],
    summary: "forward events to a program on this machine, while you develop",
    description:
      "Fetches what happens from now on and posts it to the address, signed as a webhook is. Each event is sent once, whatever the answer. The secret is new each time, or the one in BEHALFID_WEBHOOK_SECRET.",
    access: "person",
    options: {
      forwardTo: required(text("URL", "where to, such as http://localhost:3000/hooks")),
      events: list("A,B", "only these types of event"),
    },
    examples: ["behalf webhooks listen --forward-to http://localhost:3000/hooks --events approval.requested"],
  },
  async (context, { options }) => {
    const { output, signal } = context;
    if (output.isJson) throw new UserError("Listening has no one value to print.", "Leave --json out.");
    const target = URL.canParse(options.forwardTo) ? new URL(options.forwardTo) : undefined;
    if (target === undefined || !/^https?:$/.test(target.protocol))
      throw new UserError("--forward-to must be a URL.", "Such as http://localhost:3000/hooks");
    const given = context.env["BEHALFID_WEBHOOK_SECRET"];
    const secret = given || newWebhookSecret();
    const client = await context.person();
    const types = options.events?.join(",");
    let { after } = await client.webhooks.events({ limit: 1, types }, { signal });
    output.line(`Forwarding events to ${visibleLine(target.href)}. Ctrl-C ends it.`);
    output.line(given ? "Signed with BEHALFID_WEBHOOK_SECRET." : `Signed with ${secret}`);
    for (;;) {
      const asked = { after, limit: 100, types };
      const page = await keepTrying(context, () => client.webhooks.events(asked, { signal }));
      for (const event of page.events) await forward(context, target, event, secret);
      after = page.after;
      if (page.events.length === 0) await sleep(pollMs, undefined, { signal });
    }
  },
);

async function forward(context: Context, target: URL, event: Event, secret: string): Promise<void> {
  const { output, signal } = context;
  const body = JSON.stringify(event);
  const { eventId } = event;
  const signed = await signDelivery({ eventId, timestamp: Math.floor(context.now() / 1000), body }, [secret]);
  const startedAt = performance.now();
  const answer = await fetch(target, {
    method: "POST",
    headers: { ...signed, "content-type": "application/json" },
    body,
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(forwardTimeoutMs)]),
  }).then(
    async (response) => {
      await response.body?.cancel();
      return output.paint(response.ok ? "allowed" : "denied", String(response.status));
    },
    () => output.paint("denied", "no answer"),
  );
  signal.throwIfAborted();
  const ms = Math.round(performance.now() - startedAt);
  output.line(`${eventId}  ${event.type} → ${answer}  ${output.paint("quiet", `${ms} ms`)}`);
}
