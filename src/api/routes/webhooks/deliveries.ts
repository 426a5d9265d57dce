import * as z from "zod";
import { deliveryIdSchema, eventIdSchema, webhookIdSchema } from "../../../contract/ids.ts";
import { deliveryPageSchema, deliverySchema, deliveryStateSchema } from "../../../contract/webhook.ts";
import { deliveriesOfAccount, deliveryOfAccount, hasEvent } from "../../../db/delivery-log.ts";
import { route } from "../../operation.ts";
import { pageQuery } from "../../page-query.ts";
import { Problem } from "../../problem.ts";
import { webhookIn } from "../../webhook-of-person.ts";

const filtered = pageQuery(100).extend({ status: deliveryStateSchema.optional() });
const page = {
  200: { description: "A page of deliveries, with their attempts.", schema: deliveryPageSchema },
};

export const listDeadLettersRoute = route(
  {
    method: "get",
    path: "/api/dashboard/webhook-deliveries",
    id: "listDeadLetters",
    tag: "Webhooks",
    summary: "Dead letters of all webhooks, those given up last first",
    access: { kind: "person", capability: "build" },
    query: pageQuery(100).extend({
      status: z
        .literal("dead", { error: "must be dead; ask for others by webhook or by event" })
        .default("dead"),
    }),
    answers: page,
  },
  async ({ c, env, person, query: { status, limit, cursor } }) =>
    c.json(await deliveriesOfAccount(env.DB, person.accountId, { state: status, limit, cursor })),
);

export const readDeliveryRoute = route(
  {
    method: "get",
    path: "/api/dashboard/webhook-deliveries/{id}",
    id: "readDelivery",
    tag: "Webhooks",
    summary: "One delivery with its attempts",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: deliveryIdSchema }),
    answers: { 200: { description: "The delivery.", schema: z.object({ delivery: deliverySchema }) } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params }) => {
    const delivery = await deliveryOfAccount(env.DB, person.accountId, params.id);
    if (delivery === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such delivery." });
    return c.json({ delivery });
  },
);

export const listWebhookDeliveriesRoute = route(
  {
    method: "get",
    path: "/api/dashboard/webhooks/{id}/deliveries",
    id: "listWebhookDeliveries",
    tag: "Webhooks",
    summary: "What was sent to a webhook, newest first",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: webhookIdSchema }),
    query: filtered,
    answers: page,
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params, query: { status, limit, cursor } }) => {
    const { webhookId } = await webhookIn(c, person, params.id);
    return c.json(
      await deliveriesOfAccount(env.DB, person.accountId, { webhookId, state: status, limit, cursor }),
    );
  },
);

export const listEventDeliveriesRoute = route(
  {
    method: "get",
    path: "/api/dashboard/webhook-events/{id}/deliveries",
    id: "listEventDeliveries",
    tag: "Webhooks",
    summary: "Where an event was sent",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: eventIdSchema }),
    query: filtered,
    answers: page,
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params, query: { status, limit, cursor } }) => {
    if (!(await hasEvent(env.DB, person.accountId, params.id)))
      throw new Problem("NOT_FOUND", { detail: "There is no such event." });
    return c.json(
      await deliveriesOfAccount(env.DB, person.accountId, {
        eventId: params.id,
        state: status,
        limit,
        cursor,
      }),
    );
  },
);
