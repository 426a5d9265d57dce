import { createWebhookBodySchema, issuedWebhookSchema, maxWebhooks } from "../../../contract/webhook.ts";
import { newId } from "../../../crypto/ids.ts";
import { addWebhook } from "../../../db/webhooks.ts";
import { sealFor } from "../../../webhooks/endpoint-secrets.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";
import { issueSecret, requireSendable, webhookIn } from "../../webhook-of-person.ts";

export const createWebhookRoute = route(
  {
    method: "post",
    path: "/api/dashboard/webhooks",
    id: "createWebhook",
    tag: "Webhooks",
    summary: "Send events to an endpoint",
    description:
      'Events from now on that are of the types in `events`, or of every type for `["*"]`, are sent to `url`: signed, at least once, in no promised order. A 2xx within 10 seconds ends it; anything else is tried again for about 28 hours. The secret is shown in this answer and never again.',
    access: { kind: "person", capability: "build" },
    body: createWebhookBodySchema,
    answers: { 201: { description: "The endpoint and its secret.", schema: issuedWebhookSchema } },
    problems: ["CONFLICT"],
  },
  async ({ c, env, now, person, body: { url, events, format, routingKey } }) => {
    requireSendable(env, { url, format, events, hasRoutingKey: routingKey !== undefined });
    const webhookId = newId("webhook");
    const { secret, stored } = await issueSecret(env, webhookId);
    const sealedKey =
      routingKey === undefined ? null : await sealFor(env, webhookId, "routing-key", routingKey);
    const webhook = { webhookId, url, format, events, routingKey: sealedKey, createdBy: person.userId };
    if (!(await addWebhook(env.DB, person.accountId, webhook, stored, now)))
      throw new Problem("CONFLICT", {
        detail: `This workspace has ${maxWebhooks} webhooks, which is all it may have.`,
        hint: "Delete one that is not needed.",
      });
    return c.json({ webhook: await webhookIn(c, person, webhookId), secret }, 201);
  },
);
