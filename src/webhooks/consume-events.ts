import { type Event, eventSchema } from "../contract/event.ts";
import { fanOutEvents } from "../db/events.ts";
import { sendDeliveries } from "./delivery-messages.ts";

const firstRetrySeconds = 5;
const longestRetrySeconds = 300;

/**
 * Turns events into deliveries: each event is stored once, with one delivery for each endpoint that wants it, and
 * every delivery gets a message. A batch that fails comes again as a whole, which repeats nothing: the rows are
 * there, and who sends is settled when a message is taken.
 */
export async function consumeEvents(batch: MessageBatch, env: Env): Promise<void> {
  const now = Date.now();
  const events: Event[] = [];
  const retry = (message: Message) => message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
  const taken = batch.messages.filter((message) => {
    const parsed = eventSchema.safeParse(message.body);
    if (parsed.success) events.push(parsed.data);
    // A type that only newer code knows may be in the queue while it is being deployed.
    else retry(message);
    return parsed.success;
  });
  try {
    const due = await fanOutEvents(env.DB, events, now);
    await sendDeliveries(
      env,
      due.map((deliveryId) => ({ deliveryId })),
    );
  } catch {
    for (const message of taken) retry(message);
  }
}

// A minute in which D1 takes nothing must not use up all of a message's tries.
function retryDelaySeconds(attempts: number): number {
  return Math.min(firstRetrySeconds * 2 ** (attempts - 1), longestRetrySeconds);
}
