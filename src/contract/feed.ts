import * as z from "zod";
import { approvalSchema, approvalStatusSchema } from "./approval.ts";
import { approvalIdSchema, deliveryIdSchema, eventIdSchema, webhookIdSchema } from "./ids.ts";
import { logItemSchema } from "./log.ts";
import { deliveryStateSchema } from "./webhook.ts";

/** What a watcher sends to keep the connection open, and what comes back. Nothing else is taken. */
export const feedPing = "ping";
export const feedPong = "pong";

/**
 * Why the feed closed. `signedOut`: the session, the token or the membership that opened it is gone; coming back
 * with it is refused. `tryAgain`: that could not be checked for a while; come back later.
 */
export const feedCloseCodes = { signedOut: 4401, tryAgain: 1013 } as const;

/** How many log items one message holds at most: the newest. */
export const maxFeedLogs = 20;

/**
 * What the live feed sends, as one JSON text a message. It is a hint and no record: a message can be lost, come
 * twice or come late, and a page reads what it missed.
 */
export const feedMessageSchema = z
  .discriminatedUnion("type", [
    z
      .object({
        type: z.literal("approval"),
        approvalId: approvalIdSchema,
        status: approvalStatusSchema,
        version: z.number().int().meta({ description: "Rises with every change. Keep the highest." }),
        approval: approvalSchema,
      })
      .meta({ id: "FeedApproval" }),
    z
      .object({
        type: z.literal("decision"),
        count: z.number().int().meta({ description: "How many decisions of this agent this is about." }),
        logs: z
          .array(logItemSchema)
          .meta({ description: `The newest of them, oldest first: at most ${maxFeedLogs}.` }),
      })
      .meta({ id: "FeedDecision" }),
    z
      .object({
        type: z.literal("delivery"),
        deliveryId: deliveryIdSchema,
        webhookId: webhookIdSchema,
        eventId: eventIdSchema,
        status: deliveryStateSchema,
      })
      .meta({ id: "FeedDelivery" }),
  ])
  .meta({ id: "FeedMessage" });
export type FeedMessage = z.infer<typeof feedMessageSchema>;
