import * as z from "zod";
import { webhookIdSchema } from "../../../contract/ids.ts";
import { editWebhookBodySchema, webhookSchema } from "../../../contract/webhook.ts";
import { deleteWebhook, editWebhook, webhooksOfAccount } from "../../../db/webhooks.ts";
import { sealFor } from "../../../webhooks/endpoint-secrets.ts";
import { route } from "../../operation.ts";
import { pageQuery } from "../../page-query.ts";
import { Problem } from "../../problem.ts";
import { requireSendable, webhookIn } from "../../webhook-of-person.ts";

const one = z.object({ id: webhookIdSchema });
const shown = z.object({ webhook: webhookSchema });

export const listWebhooksRoute = route(
  {
    method: "get",
    path: "/api/dashboard/webhooks",
    id: "listWebhooks",
    tag: "Webhooks",
    summary: "The workspace's webhooks, newest first",
    access: { kind: "person", capability: "build" },
    query: pageQuery(100),
    answers: {
      200: {
        description: "A page of webhooks.",
        schema: z.object({ webhooks: z.array(webhookSchema), nextCursor: z.string().nullable() }),
      },
    },
  },
  async ({ c, env, now, person, query: { limit, cursor } }) =>
    c.json(await webhooksOfAccount(env.DB, person.accountId, { limit, cursor, now })),
);

export const readWebhookRoute = route(
  {
    method: "get",
    path: "/api/dashboard/webhooks/{id}",
    id: "readWebhook",
    tag: "Webhooks",
    summary: "One webhook",
    access: { kind: "person", capability: "build" },
    params: one,
    answers: { 200: { description: "The webhook.", schema: shown } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, person, params }) => c.json({ webhook: await webhookIn(c, person, params.id) }),
);

export const editWebhookRoute = route(
  {
    method: "patch",
    path: "/api/dashboard/webhooks/{id}",
    id: "editWebhook",
    tag: "Webhooks",
    summary: "Change a webhook's address, events, format or routing key",
    description: "Deliveries under way go to the new address, too. Its secret stays.",
    access: { kind: "person", capability: "build" },
    params: one,
    body: editWebhookBodySchema,
    answers: { 200: { description: "The webhook as it is now.", schema: shown } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params, body }) => {
    const present = await webhookIn(c, person, params.id);
    const { url, events, format } = body;
    // A key that belongs to a format goes with it.
    const routingKey =
      body.routingKey === undefined && format !== undefined && format !== "pagerduty"
        ? null
        : body.routingKey;
    requireSendable(env, {
      url: url ?? present.url,
      events: events ?? present.events,
      format: format ?? present.format,
      hasRoutingKey: routingKey === undefined ? present.hasRoutingKey : routingKey !== null,
    });
    const sealedKey =
      typeof routingKey === "string" ? await sealFor(env, params.id, "routing-key", routingKey) : routingKey;
    await editWebhook(env.DB, person.accountId, params.id, { url, events, format, routingKey: sealedKey });
    return c.json({ webhook: await webhookIn(c, person, params.id) });
  },
);

export const deleteWebhookRoute = route(
  {
    method: "delete",
    path: "/api/dashboard/webhooks/{id}",
    id: "deleteWebhook",
    tag: "Webhooks",
    summary: "Delete a webhook with its deliveries",
    description: "What is under way to it is not sent any more.",
    access: { kind: "person", capability: "build" },
    params: one,
    answers: {
      200: { description: "It is gone.", schema: z.object({ deleted: z.literal(true) }) },
    },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params }) => {
    if (!(await deleteWebhook(env.DB, person.accountId, params.id)))
      throw new Problem("NOT_FOUND", { detail: "There is no such webhook." });
    return c.json({ deleted: true });
  },
);
