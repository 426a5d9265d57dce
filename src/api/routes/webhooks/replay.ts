import * as z from "zod";
import { deliveryIdSchema, webhookIdSchema } from "../../../contract/ids.ts";
import { must, timestampSchema } from "../../../contract/text.ts";
import type { Webhook } from "../../../contract/webhook.ts";
import { deliveryOfAccount, replayDelivery, replaySince } from "../../../db/delivery-log.ts";
import { sendDeliveries } from "../../../webhooks/delivery-messages.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";
import { webhookIn } from "../../webhook-of-person.ts";

// What is beyond this is brought on by the sweep, minute by minute.
const messagesAtOnce = 1000;

export const replayDeliveryRoute = route(
  {
    method: "post",
    path: "/api/dashboard/webhook-deliveries/{id}/replay",
    id: "replayDelivery",
    tag: "Webhooks",
    summary: "Send a dead letter again",
    description: "With all its retries. What was delivered is not sent again.",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: deliveryIdSchema }),
    body: z.strictObject({}),
    answers: {
      202: {
        description: "It is on its way.",
        schema: z.object({ deliveryId: deliveryIdSchema }),
      },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, env, now, person, params }) => {
    const delivery = await deliveryOfAccount(env.DB, person.accountId, params.id);
    if (delivery === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such delivery." });
    requireActive(await webhookIn(c, person, delivery.webhookId));
    const { deliveryId, status } = delivery;
    if (status === "delivered")
      throw new Problem("CONFLICT", { detail: "This event was delivered; it is not sent twice." });
    if (status === "pending" || !(await replayDelivery(env.DB, person.accountId, deliveryId, now)))
      throw new Problem("CONFLICT", { detail: "This delivery is on its way." });
    await sendDeliveries(env, [{ deliveryId }]);
    return c.json({ deliveryId }, 202);
  },
);

export const replaySinceRoute = route(
  {
    method: "post",
    path: "/api/dashboard/webhooks/{id}/replay",
    id: "replaySince",
    tag: "Webhooks",
    summary: "Send a webhook everything that it did not get since a time",
    description:
      "Its dead letters, and events that it wants and missed, because it was off or had not subscribed then. What was delivered is not sent again. Events are kept for 30 days.",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: webhookIdSchema }),
    body: z
      .strictObject({ since: timestampSchema }, { error: must("must be an object") })
      .meta({ id: "ReplaySince" }),
    answers: {
      202: {
        description: "They are on their way.",
        schema: z.object({ replayed: z.number().int().meta({ description: "How many." }) }),
      },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, env, now, person, params, body }) => {
    requireActive(await webhookIn(c, person, params.id));
    const due = await replaySince(env.DB, person.accountId, params.id, Date.parse(body.since), now);
    await sendDeliveries(
      env,
      due.slice(0, messagesAtOnce).map((deliveryId) => ({ deliveryId })),
    );
    return c.json({ replayed: due.length }, 202);
  },
);

function requireActive({ status }: Webhook): void {
  if (status === "disabled")
    throw new Problem("CONFLICT", {
      detail: "This webhook is disabled, so nothing can be sent to it.",
      hint: "Enable it first.",
    });
}
