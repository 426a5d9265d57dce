import * as z from "zod";
import { deliveryIdSchema, webhookIdSchema } from "../../../contract/ids.ts";
import { must, timestampSchema } from "../../../contract/text.ts";
import type { Webhook } from "../../../contract/webhook.ts";
import { deliveryOfAccount } from "../../../db/delivery-log.ts";
import { replayBounds, replayDelivery, replaySince } from "../../../db/replay.ts";
import { sendDeliveries } from "../../../webhooks/delivery-messages.ts";
import { eventPlace, placeOf } from "../../event-place.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";
import { webhookIn } from "../../webhook-of-person.ts";

const replaySinceBody = z
  .strictObject(
    {
      since: timestampSchema,
      cursor: z
        .string()
        .refine((text) => placeOf(text) !== undefined, {
          error: "must be the nextCursor of the answer before",
        })
        .optional(),
    },
    { error: must("must be an object") },
  )
  .meta({ id: "ReplaySince" });

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
    description: `Its dead letters, and events that it wants and missed, because it was off or had not subscribed then, oldest first. What was delivered is not sent again. Events are kept for 30 days. One call replays ${replayBounds.replayed} at most; where its answer has a \`nextCursor\`, ask again with that as \`cursor\` for the rest.`,
    access: { kind: "person", capability: "build" },
    params: z.object({ id: webhookIdSchema }),
    body: replaySinceBody,
    answers: {
      202: {
        description: "They are on their way.",
        schema: z.object({
          replayed: z.number().int().meta({ description: "How many." }),
          nextCursor: z.string().optional().meta({ description: "Leads to the rest; absent at the end." }),
        }),
      },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, env, now, person, params, body }) => {
    requireActive(await webhookIn(c, person, params.id));
    const { deliveryIds, next } = await replaySince(env.DB, person.accountId, params.id, {
      since: Date.parse(body.since),
      after: placeOf(body.cursor),
      now,
    });
    await sendDeliveries(
      env,
      deliveryIds.map((deliveryId) => ({ deliveryId })),
    );
    const rest = next === null ? {} : { nextCursor: eventPlace(next) };
    return c.json({ replayed: deliveryIds.length, ...rest }, 202);
  },
);

function requireActive({ status }: Webhook): void {
  if (status === "disabled")
    throw new Problem("CONFLICT", {
      detail: "This webhook is disabled, so nothing can be sent to it.",
      hint: "Enable it first.",
    });
}
