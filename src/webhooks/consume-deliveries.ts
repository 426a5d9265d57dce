import type { FeedMessage } from "../contract/feed.ts";
import type { AccountId } from "../contract/ids.ts";
import type { Attempt } from "../contract/webhook.ts";
import {
  type ClaimedDelivery,
  claimDeliveries,
  type DeliveryOutcome,
  noteSlow,
  recordOutcomes,
} from "../db/deliveries.ts";
import { tellFeed } from "../feed/tell-feed.ts";
import { within } from "../within.ts";
import { attemptDelivery, type AttemptResult } from "./attempt.ts";
import { deliveryMessageSchema, sendDeliveries } from "./delivery-messages.ts";
import { nextAttemptAt, queueDelaySeconds } from "./schedule.ts";

// Longer than an attempt may take with everything around it. Then somebody else may send.
const leaseMs = 30_000;

// How long a batch waits for its answers. Whoever needs longer is waited for in the background, and for a while
// no batch waits for that endpoint at all: one that hangs holds up nobody but itself.
const patienceMs = 500;
const slowMs = 60_000;

type Sending = { delivery: ClaimedDelivery; outcome: DeliveryOutcome | undefined; done: Promise<void> };

/**
 * Delivers what the messages name. A message is only a call to look: what is due, and who may send it, is settled
 * in D1, so that repeated, late and concurrent messages send nothing twice. Its end is written there too, with
 * the message for the next attempt; if this dies in between, the lease ends and the sweep calls again.
 */
export async function consumeDeliveries(
  batch: MessageBatch,
  env: Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<void> {
  const now = Date.now();
  const lease = crypto.randomUUID();
  const named = batch.messages.flatMap((message) => {
    const { success, data } = deliveryMessageSchema.safeParse(message.body);
    return success ? [{ message, deliveryId: data.deliveryId }] : [];
  });
  const ids = [...new Set(named.map(({ deliveryId }) => deliveryId))];
  if (ids.length === 0) return;
  const { claimed, dueAt } = await claimDeliveries(env.DB, ids, { lease, leaseMs, now });
  for (const { message, deliveryId } of named) {
    const due = dueAt.get(deliveryId);
    if (due !== undefined) message.retry({ delaySeconds: queueDelaySeconds(due, now) });
  }

  const sendings = claimed.map((delivery) => begin(delivery, env, now));
  const awaited = sendings.filter(({ delivery }) => !delivery.webhook.isSlow);
  await within(patienceMs, Promise.all(awaited.map(({ done }) => done)));

  // INVARIANT: no await between looking who is done and leaving the others to the background.
  const settled = sendings.filter(({ outcome }) => outcome !== undefined);
  const late = sendings.filter(({ outcome }) => outcome === undefined);
  const end = async (some: readonly Sending[]) => {
    await conclude(some, env, lease);
    ctx.waitUntil(tellDeliveries(env, some));
  };
  for (const sending of late) ctx.waitUntil(sending.done.then(() => end([sending])));
  const newlySlow = late.filter((sending) => awaited.includes(sending));
  await Promise.all([
    end(settled),
    newlySlow.length > 0 &&
      noteSlow(
        env.DB,
        newlySlow.map(({ delivery }) => delivery.webhook.webhookId),
        now + slowMs,
      ),
  ]);
}

function begin(delivery: ClaimedDelivery, env: Env, now: number): Sending {
  const sending: Sending = { delivery, outcome: undefined, done: Promise.resolve() };
  sending.done = (async () => {
    sending.outcome = await outcomeOf(delivery, env, now);
  })();
  return sending;
}

async function outcomeOf(delivery: ClaimedDelivery, env: Env, now: number): Promise<DeliveryOutcome> {
  const { deliveryId, webhook } = delivery;
  const { webhookId } = webhook;
  if (!webhook.isActive)
    return { deliveryId, webhookId, attempt: null, state: "dead", reason: "endpoint_disabled" };
  const result = await attemptDelivery(delivery, env, now);
  const end = now + result.durationMs;
  const { status } = result;
  if (status !== null && status >= 200 && status < 300)
    return { deliveryId, webhookId, attempt: attemptOf(delivery, result, now, null), state: "delivered" };
  const next = status === 410 ? null : nextAttemptAt(delivery.step, end, Math.random());
  const attempt = attemptOf(delivery, result, now, next);
  if (next !== null) return { deliveryId, webhookId, attempt, state: "pending", nextAttemptAt: next };
  const reason = status === 410 ? "gone" : "attempts_exhausted";
  return { deliveryId, webhookId, attempt, state: "dead", reason };
}

function attemptOf(
  { attemptCount }: ClaimedDelivery,
  result: AttemptResult,
  now: number,
  next: number | null,
): Attempt {
  return {
    number: attemptCount + 1,
    at: new Date(now).toISOString(),
    ...result,
    nextAttemptAt: next === null ? null : new Date(next).toISOString(),
  };
}

// Writes down how these ended and sends the messages that follow from it.
async function conclude(sendings: readonly Sending[], env: Env, lease: string): Promise<void> {
  const outcomes = sendings.flatMap(({ outcome }) => outcome ?? []);
  const now = Date.now();
  const broughtOn = await stubbornly(() => recordOutcomes(env.DB, outcomes, lease, now));
  const next = outcomes.flatMap((outcome) =>
    outcome.state === "pending"
      ? [{ deliveryId: outcome.deliveryId, delaySeconds: queueDelaySeconds(outcome.nextAttemptAt, now) }]
      : [],
  );
  await sendDeliveries(env, [...next, ...broughtOn.map((deliveryId) => ({ deliveryId }))]);
}

async function tellDeliveries(env: Env, sendings: readonly Sending[]): Promise<void> {
  const told = new Map<AccountId, FeedMessage[]>();
  for (const { delivery, outcome } of sendings) {
    if (outcome === undefined || !delivery.isWatched) continue;
    const { accountId, deliveryId, eventId } = delivery;
    const { webhookId, state: status } = outcome;
    const message: FeedMessage = { type: "delivery", deliveryId, webhookId, eventId, status };
    told.set(accountId, [...(told.get(accountId) ?? []), message]);
  }
  await Promise.all([...told].map(([accountId, messages]) => tellFeed(env, accountId, messages)));
}

// What an endpoint took and D1 does not know of is sent again when the lease ends; a slip of D1 is not worth that.
async function stubbornly<T>(work: () => Promise<T>): Promise<T> {
  for (const pauseMs of [100, 500, 2000]) {
    try {
      return await work();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return work();
}
