import type { WebhookId } from "../contract/ids.ts";
import { pagerDutyTypes, type Subscription, type Webhook, type WebhookFormat } from "../contract/webhook.ts";
import { newWebhookSecret, preview } from "../crypto/secrets.ts";
import { type SealedSecret, webhookOfAccount } from "../db/webhooks.ts";
import { sealFor } from "../webhooks/endpoint-secrets.ts";
import { targetProblem } from "../webhooks/target.ts";
import type { AppContext } from "./context.ts";
import type { Person } from "./people/person.ts";
import { invalidRequest, Problem } from "./problem.ts";

/** A webhook of the person's account, as the wire shows it. Throws NOT_FOUND for any other. */
export async function webhookIn(
  c: AppContext,
  { accountId }: Pick<Person, "accountId">,
  webhookId: WebhookId,
): Promise<Webhook> {
  const found = await webhookOfAccount(c.env.DB, accountId, webhookId, c.var.now);
  if (found === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such webhook." });
  return found;
}

/** Throws INVALID_REQUEST for an endpoint that nothing could or should be sent to. */
export function requireSendable(
  env: Env,
  {
    url,
    format,
    events,
    hasRoutingKey,
  }: { url: string; format: WebhookFormat; events: readonly Subscription[]; hasRoutingKey: boolean },
): void {
  const rule = targetProblem(url, { environment: env.ENVIRONMENT, ownOrigin: env.PUBLIC_URL });
  if (rule !== null) throw invalidRequest([{ field: "url", rule }]);
  const told: readonly string[] = ["*", ...pagerDutyTypes];
  if (format === "pagerduty" && !events.some((type) => told.includes(type)))
    throw invalidRequest([{ field: "events", rule: `must hold one of ${told.join(", ")} for pagerduty` }]);
  if (format !== "pagerduty" && hasRoutingKey)
    throw invalidRequest([{ field: "routingKey", rule: "is for the pagerduty format only" }]);
}

/** A new secret for a webhook, and what is kept of it. */
export async function issueSecret(
  env: Env,
  webhookId: WebhookId,
): Promise<{ secret: string; stored: SealedSecret }> {
  const secret = newWebhookSecret();
  const sealed = await sealFor(env, webhookId, "secret", secret);
  return { secret, stored: { sealed, preview: preview(secret) } };
}
