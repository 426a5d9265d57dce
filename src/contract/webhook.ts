import * as z from "zod";
import { eventSchema, eventTypes, eventTypeSchema } from "./event.ts";
import { deliveryIdSchema, eventIdSchema, webhookIdSchema } from "./ids.ts";
import { must, timestampSchema } from "./text.ts";

/** How many endpoints an account may have. */
export const maxWebhooks = 50;

/** How long a delivery may take until its answer's status, in milliseconds. */
export const deliveryTimeoutMs = 10_000;

/** How long an endpoint may fail without a single success before it is disabled, in milliseconds. */
export const failingLimitMs = 5 * 24 * 3_600_000;

/** How long events and finished deliveries are kept, in milliseconds. */
export const eventRetentionMs = 30 * 24 * 3_600_000;

/** How long the old secret of a webhook goes on signing beside the new one, in seconds, unless told otherwise. */
export const defaultOverlapSeconds = 24 * 3600;

export const webhookFormats = ["json", "slack", "pagerduty"] as const;
export const webhookFormatSchema = z.enum(webhookFormats);
export type WebhookFormat = (typeof webhookFormats)[number];

/** A type of event, or every type: those that there are and those that are yet to come. */
export const subscriptionSchema = z.union([z.literal("*"), eventTypeSchema], {
  error: `must be an event type (${eventTypes.join(", ")}) or *`,
});
export type Subscription = z.infer<typeof subscriptionSchema>;

/** What PagerDuty is told of. Nothing else opens or closes an incident. */
export const pagerDutyTypes = [
  "verification.approval_required",
  "approval.requested",
  "approval.approved",
  "approval.denied",
  "approval.used",
  "approval.expired",
] as const;

const url = z
  .string({ error: must("must be a string") })
  .min(1, { error: "must not be empty" })
  .max(2048, { error: "must have at most 2048 characters" })
  .meta({ format: "uri", examples: ["https://example.com/webhooks/behalfid"] });

const subscriptions = z
  .array(subscriptionSchema, { error: must("must be a list of event types") })
  .min(1, { error: "must name at least one event type, or *" })
  .max(eventTypes.length + 1, { error: "must name each event type once" })
  // With *, the rest says nothing.
  .transform((types): Subscription[] => (types.includes("*") ? ["*"] : [...new Set(types)]));

const routingKey = z
  .string({ error: "must be a string" })
  .regex(/^[A-Za-z0-9]{32}$/, { error: "must be the 32 letters and digits of a PagerDuty integration key" })
  .meta({
    description:
      "For the pagerduty format: the integration key of the PagerDuty service. Kept encrypted and never shown. Without it the events carry none, for a relay that adds its own.",
  });

export const createWebhookBodySchema = z
  .strictObject({
    url,
    events: subscriptions.meta({ description: 'Event types, or ["*"] for all of them.' }),
    format: webhookFormatSchema.default("json"),
    routingKey: routingKey.optional(),
  })
  .meta({ id: "CreateWebhook" });

export const editWebhookBodySchema = z
  .strictObject({
    url: url.optional(),
    events: subscriptions.optional(),
    format: webhookFormatSchema.optional(),
    routingKey: routingKey.nullable().optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    error: "must change something: send url, events, format or routingKey",
  })
  .meta({ id: "EditWebhook" });
export type WebhookChange = z.infer<typeof editWebhookBodySchema>;

export const rotateSecretBodySchema = z
  .strictObject({
    overlapSeconds: z
      .number({ error: "must be a number" })
      .int({ error: "must be a whole number" })
      .min(0, { error: "must be 0 or more" })
      .max(7 * 24 * 3600, { error: "must be 604800 (7 days) or less" })
      .default(defaultOverlapSeconds)
      .meta({ description: "How long the old secret signs beside the new one, in seconds. 0: not at all." }),
  })
  .meta({ id: "RotateSecret" });

export const disabledReasons = ["by_person", "gone", "failing"] as const;
export type DisabledReason = (typeof disabledReasons)[number];

export const webhookSchema = z
  .object({
    webhookId: webhookIdSchema,
    url: z.string(),
    format: webhookFormatSchema,
    events: z.array(subscriptionSchema),
    hasRoutingKey: z.boolean(),
    status: z.enum(["active", "disabled"]),
    disabledReason: z.enum(disabledReasons).nullable().meta({
      description: "by_person; gone: it answered 410; failing: five days without a single success.",
    }),
    disabledAt: timestampSchema.nullable(),
    failingSince: timestampSchema.nullable().meta({ description: "Since when no attempt succeeded." }),
    secrets: z.array(
      z.object({
        preview: z.string().meta({ examples: ["whsec_…a1B="] }),
        createdAt: timestampSchema,
        expiresAt: timestampSchema.nullable(),
      }),
    ),
    createdBy: z.string().nullable(),
    createdAt: timestampSchema,
  })
  .meta({ id: "Webhook" });
export type Webhook = z.infer<typeof webhookSchema>;

export const issuedWebhookSchema = z
  .object({
    webhook: webhookSchema,
    secret: z.string().meta({ description: "What signatures are checked with. Shown once." }),
  })
  .meta({ id: "IssuedWebhook" });

/** Why an attempt got no answer, or was not made. */
export const attemptErrors = [
  "timeout",
  "connection_failed",
  "target_refused",
  "target_unresolved",
  "signing_failed",
] as const;

export const attemptSchema = z
  .object({
    number: z.number().int(),
    at: timestampSchema,
    durationMs: z.number(),
    status: z.number().int().nullable().meta({ description: "The HTTP status of the answer, if one came." }),
    error: z.enum(attemptErrors).nullable(),
    response: z.string().nullable().meta({
      description: "The first bytes of the answer, with everything that looks like a secret removed.",
    }),
    nextAttemptAt: timestampSchema.nullable(),
  })
  .meta({ id: "DeliveryAttempt" });
export type Attempt = z.infer<typeof attemptSchema>;

export const deadReasons = ["attempts_exhausted", "gone", "endpoint_disabled"] as const;
export type DeadReason = (typeof deadReasons)[number];

export const deliveryStates = ["pending", "delivered", "dead"] as const;
export const deliveryStateSchema = z.enum(deliveryStates);
export type DeliveryState = (typeof deliveryStates)[number];

export const deliverySchema = z
  .object({
    deliveryId: deliveryIdSchema,
    webhookId: webhookIdSchema,
    eventId: eventIdSchema,
    eventType: eventTypeSchema,
    status: deliveryStateSchema.meta({
      description: "dead: it was given up and is not sent again unless someone replays it.",
    }),
    deadReason: z.enum(deadReasons).nullable(),
    attemptCount: z.number().int(),
    attempts: z.array(attemptSchema).meta({ description: "The newest attempts, oldest of them first." }),
    nextAttemptAt: timestampSchema.nullable(),
    createdAt: timestampSchema,
    finishedAt: timestampSchema.nullable(),
  })
  .meta({ id: "Delivery" });
export type Delivery = z.infer<typeof deliverySchema>;

export const deliveryPageSchema = z
  .object({ deliveries: z.array(deliverySchema), nextCursor: z.string().nullable() })
  .meta({ id: "DeliveryPage" });

export const eventPageSchema = z
  .object({
    events: z.array(eventSchema),
    nextCursor: z.string().nullable().meta({ description: "Leads to older events; null at the end." }),
    after: z
      .string()
      .meta({ description: "Ask again with `after` set to this, and get what has happened since." }),
  })
  .meta({ id: "EventPage" });
