import * as z from "zod";
import type { DeliveryId } from "../contract/ids.ts";
import { deliveryIdSchema } from "../contract/ids.ts";

/** What a message in the queue of deliveries says: which one is due. What it is stands in D1. */
export const deliveryMessageSchema = z.object({ deliveryId: deliveryIdSchema });

// What a queue takes at once.
const messagesAtOnce = 100;

/**
 * Sends a message for each delivery. A message that does not get through is not lost: the sweep finds a delivery
 * that is overdue.
 */
export async function sendDeliveries(
  env: Pick<Env, "DELIVERIES">,
  due: readonly { deliveryId: DeliveryId; delaySeconds?: number }[],
): Promise<void> {
  for (let from = 0; from < due.length; from += messagesAtOnce)
    await env.DELIVERIES.sendBatch(
      due.slice(from, from + messagesAtOnce).map(({ deliveryId, delaySeconds = 0 }) => ({
        body: { deliveryId },
        contentType: "json" as const,
        delaySeconds,
      })),
    );
}
