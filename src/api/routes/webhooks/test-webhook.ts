import * as z from "zod";
import { deliveryIdSchema, eventIdSchema, webhookIdSchema } from "../../../contract/ids.ts";
import { newId } from "../../../crypto/ids.ts";
import { addTestDelivery } from "../../../db/delivery-log.ts";
import { sendDeliveries } from "../../../webhooks/delivery-messages.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";
import { webhookIn } from "../../webhook-of-person.ts";

export const testWebhookRoute = route(
  {
    method: "post",
    path: "/api/dashboard/webhooks/{id}/test",
    id: "testWebhook",
    tag: "Webhooks",
    summary: "Send a test event to a webhook",
    description:
      "A `webhook.test` event, to this endpoint only and whatever it has subscribed to. How it went is among its deliveries.",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: webhookIdSchema }),
    body: z.strictObject({}),
    answers: {
      202: {
        description: "The event is on its way.",
        schema: z.object({ eventId: eventIdSchema, deliveryId: deliveryIdSchema }),
      },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, env, now, person, params }) => {
    const { webhookId, status } = await webhookIn(c, person, params.id);
    if (status === "disabled")
      throw new Problem("CONFLICT", { detail: "This webhook is disabled.", hint: "Enable it first." });
    const [eventId, deliveryId] = [newId("event"), newId("delivery")];
    const event = {
      eventId,
      type: "webhook.test" as const,
      createdAt: new Date(now).toISOString(),
      accountId: person.accountId,
      data: { webhookId, message: "This is a test. Nothing has happened." },
    };
    await addTestDelivery(env.DB, event, webhookId, deliveryId, now);
    await sendDeliveries(env, [{ deliveryId }]);
    return c.json({ eventId, deliveryId }, 202);
  },
);
