import * as z from "zod";
import { webhookIdSchema } from "../../../contract/ids.ts";
import { webhookSchema } from "../../../contract/webhook.ts";
import { disableWebhook, enableWebhook } from "../../../db/webhooks.ts";
import { type Operation, route } from "../../operation.ts";
import { webhookIn } from "../../webhook-of-person.ts";

const shared = {
  method: "post",
  tag: "Webhooks",
  access: { kind: "person", capability: "build" },
  params: z.object({ id: webhookIdSchema }),
  body: z.strictObject({}),
  answers: {
    200: { description: "The webhook as it is now.", schema: z.object({ webhook: webhookSchema }) },
  },
  problems: ["NOT_FOUND"],
} as const satisfies Partial<Operation>;

export const enableWebhookRoute = route(
  {
    ...shared,
    path: "/api/dashboard/webhooks/{id}/enable",
    id: "enableWebhook",
    summary: "Switch a webhook on",
    description: "Events from now on are sent again. For those that it missed, replay since a time.",
  },
  async ({ c, env, person, params }) => {
    await webhookIn(c, person, params.id);
    await enableWebhook(env.DB, person.accountId, params.id);
    return c.json({ webhook: await webhookIn(c, person, params.id) });
  },
);

export const disableWebhookRoute = route(
  {
    ...shared,
    path: "/api/dashboard/webhooks/{id}/disable",
    id: "disableWebhook",
    summary: "Switch a webhook off",
    description:
      "From this moment nothing is sent to it. What is under way ends as a dead letter when it comes due.",
  },
  async ({ c, env, now, person, params }) => {
    await webhookIn(c, person, params.id);
    await disableWebhook(env.DB, person.accountId, params.id, now);
    return c.json({ webhook: await webhookIn(c, person, params.id) });
  },
);
