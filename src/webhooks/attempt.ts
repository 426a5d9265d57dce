import { type Attempt, deliveryTimeoutMs } from "../contract/webhook.ts";
import { redact } from "../crypto/redact.ts";
import { signDelivery } from "../crypto/webhook-signature.ts";
import type { ClaimedDelivery } from "../db/deliveries.ts";
import { openFor } from "./endpoint-secrets.ts";
import { deliveryBody } from "./formats/body.ts";
import { resolutionProblem } from "./resolution.ts";
import { targetProblem } from "./target.ts";

const keptCharacters = 2048;
// Beyond what is kept, so that a secret which stands across the cut is seen whole and removed whole.
const readBytes = keptCharacters + 512;
const readMs = 1000;

/** How an attempt ended: with an answer's status, or with the reason why there is none. */
export type AttemptResult = Pick<Attempt, "durationMs" | "status" | "error" | "response">;

/** Sends a delivery once. Never throws: whatever happens is how the attempt ended. */
export async function attemptDelivery(
  delivery: ClaimedDelivery,
  env: Env,
  now: number,
): Promise<AttemptResult> {
  const started = performance.now();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), deliveryTimeoutMs);
  try {
    const answer = await send(delivery, env, now, controller.signal);
    return { durationMs: since(started), error: null, response: null, status: null, ...answer };
  } catch {
    // What is thrown may hold the target's URL, and with it a token.
    const error = controller.signal.aborted ? "timeout" : "connection_failed";
    return { durationMs: since(started), status: null, error, response: null };
  } finally {
    clearTimeout(timer);
    // Closes the connection of an answer that goes on without end.
    controller.abort();
  }
}

async function send(
  { eventId, event, isOver, webhook }: ClaimedDelivery,
  env: Env,
  now: number,
  signal: AbortSignal,
): Promise<Partial<AttemptResult>> {
  const { webhookId, url } = webhook;
  // Again: what was saved was judged by the rules and the settings of that time.
  const rules = { environment: env.ENVIRONMENT, ownOrigin: env.PUBLIC_URL };
  if (targetProblem(url, rules) !== null) return { error: "target_refused" };
  if (env.DOH_URL !== "" && env.ENVIRONMENT !== "local") {
    const problem = await resolutionProblem(new URL(url).hostname, env.DOH_URL, signal);
    if (problem !== null) return { error: problem };
  }

  let routingKey: string | null = null;
  let body: string;
  let headers: Record<string, string>;
  try {
    const open = (sealed: string) => openFor(env, webhookId, "secret", sealed);
    const secrets = await Promise.all(webhook.secrets.map(open));
    if (webhook.format === "pagerduty" && webhook.routingKey !== null)
      routingKey = await openFor(env, webhookId, "routing-key", webhook.routingKey);
    body = deliveryBody(event, webhook.format, { routingKey, isOver, site: env.PUBLIC_URL });
    headers = await signDelivery({ eventId, timestamp: Math.floor(now / 1000), body }, secrets);
  } catch {
    return { error: "signing_failed" };
  }

  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json", "User-Agent": "BehalfID-Webhooks/1" },
    body,
    redirect: "manual",
    signal,
  });
  return { status: response.status, response: await firstWords(response, routingKey) };
}

// The status is the answer; whatever follows is only read for the log, and not for long.
async function firstWords(response: Response, routingKey: string | null): Promise<string | null> {
  if (response.body === null) return null;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  let timer: number | null = null;
  const isEnough = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), readMs);
  });
  try {
    while (length < readBytes) {
      const read = await Promise.race([reader.read(), isEnough]);
      if (read === null || read.done) break;
      const chunk = read.value.subarray(0, readBytes - length);
      length += chunk.byteLength;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch {
    // A connection that breaks after the status changes nothing about the status.
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => undefined);
  }
  const ours = routingKey === null ? text : text.replaceAll(routingKey, "[redacted]");
  return shown(redact(ours)).slice(0, keptCharacters).toWellFormed();
}

// Kept for people to read: nothing in it may steer a terminal or reorder a line.
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) => (/[\n\t]/.test(character) ? character : "\ufffd"));
}

function since(started: number): number {
  return Math.round(performance.now() - started);
}
