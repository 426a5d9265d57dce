import * as z from "zod";
import { webhookIdSchema } from "../../../contract/ids.ts";
import { issuedWebhookSchema, rotateSecretBodySchema } from "../../../contract/webhook.ts";
import { rotateSecret } from "../../../db/webhooks.ts";
import { route } from "../../operation.ts";
import { issueSecret, webhookIn } from "../../webhook-of-person.ts";

export const rotateWebhookSecretRoute = route(
  {
    method: "post",
    path: "/api/dashboard/webhooks/{id}/rotate-secret",
    id: "rotateWebhookSecret",
    tag: "Webhooks",
    summary: "Give a webhook a new secret",
    description:
      "The new secret is shown in this answer and never again. For `overlapSeconds`, a day unless told otherwise, every delivery carries a signature by the old one, too.",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: webhookIdSchema }),
    body: rotateSecretBodySchema,
    answers: { 200: { description: "The webhook and its new secret.", schema: issuedWebhookSchema } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, now, person, params, body }) => {
    await webhookIn(c, person, params.id);
    const { secret, stored } = await issueSecret(env, params.id);
    await rotateSecret(env.DB, person.accountId, params.id, stored, body.overlapSeconds * 1000, now);
    return c.json({ webhook: await webhookIn(c, person, params.id), secret });
  },
);
