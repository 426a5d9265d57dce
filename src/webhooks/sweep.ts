import { overdueDeliveries } from "../db/deliveries.ts";
import { forgetOldEvents, resendEvents } from "../db/events.ts";
import { forgetOldSecrets } from "../db/webhooks.ts";
import { sendDeliveries } from "./delivery-messages.ts";

// Longer than a message needs from one end of a healthy queue to the other.
const overdueMs = 30_000;
const eventsAtOnce = 500;
const deliveriesAtOnce = 1000;
// In a minute as many as ten agents at their limit bring: what is kept does not grow without end.
const forgotten = { atOnce: 2000, steps: 150 };

/**
 * What the clock has to see to: sends again what a lost message left lying, and lets go of what is older than it
 * is kept. Each part is tried, whatever becomes of the others; throws at the end if one failed.
 */
export async function sweepWebhooks(env: Env, now: number): Promise<void> {
  const before = now - overdueMs;
  const results = await Promise.allSettled([
    resendEvents(env, { before, limit: eventsAtOnce }),
    callAgain(env, before, now),
    forgetOldSecrets(env.DB, now),
    forgetOldEvents(env.DB, now, forgotten),
  ]);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, "A part of the webhooks' sweep failed.");
}

async function callAgain(env: Env, before: number, now: number): Promise<void> {
  const due = await overdueDeliveries(env.DB, { before, now, limit: deliveriesAtOnce });
  await sendDeliveries(
    env,
    due.map((deliveryId) => ({ deliveryId })),
  );
}
