import * as z from "zod";
import { accountIdSchema, eventIdSchema } from "./ids.ts";
import { timestampSchema } from "./text.ts";

export const eventTypes = [
  "verification.allowed",
  "verification.denied",
  "verification.approval_required",
  "approval.requested",
  "approval.approved",
  "approval.denied",
  "approval.used",
  "approval.expired",
  "agent.created",
  "agent.disabled",
  "agent.enabled",
  "agent.key_rotated",
  "permission.created",
  "permission.revoked",
  "webhook.test",
] as const;
export const eventTypeSchema = z.enum(eventTypes);
export type EventType = (typeof eventTypes)[number];

/** An event as webhooks carry it. `eventId` is the key to deduplicate by. */
export const eventSchema = z
  .object({
    eventId: eventIdSchema,
    type: eventTypeSchema,
    createdAt: timestampSchema,
    accountId: accountIdSchema,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "Event" });
export type Event = z.infer<typeof eventSchema>;
