import * as z from "zod";
import { eventSchema } from "../contract/event.ts";
import { checkDelivery, signatureHeaders, type SignatureProblem } from "../crypto/webhook-signature.ts";
import { BehalfError } from "./errors.ts";

// A receiver must not fail on an event that was added after its SDK was made.
const anyEventSchema = eventSchema.extend({ type: z.string() });

/** An event as a webhook delivers it. Its `eventId` is the key to deduplicate by. */
export type WebhookEvent = Omit<z.infer<typeof eventSchema>, "type"> & {
  type: z.infer<typeof eventSchema>["type"] | (string & {});
};

export type WebhookHeaders = Headers | Record<string, string | readonly string[] | undefined>;

export type WebhookDelivery = {
  /** The body exactly as it arrived. Parsing and writing it again changes bytes that are signed. */
  payload: string | Uint8Array | ArrayBuffer;
  headers: WebhookHeaders;
  /** The endpoint's secret, `whsec_…`; all that are alive while one replaces another. */
  secret?: string | readonly string[] | undefined;
  secrets?: readonly string[] | undefined;
  /** How old or how far ahead a delivery may be, in seconds. 300 when it is not given. */
  toleranceSeconds?: number | undefined;
  /** The present moment in epoch milliseconds, for tests. */
  now?: number | undefined;
};

const sentences: Record<SignatureProblem, string> = {
  missing: "The delivery carries no signature.",
  malformed: "The delivery's signature headers are malformed.",
  too_old: "The delivery's timestamp is too old.",
  too_new: "The delivery's timestamp is in the future.",
  mismatch: "No signature matches: the body was changed, or the secret is another.",
};

/**
 * The event of a webhook delivery whose signature holds, by Standard Webhooks, by BehalfID's own scheme, or by
 * both when both are there. Throws `BehalfError` with code `INVALID_SIGNATURE` for any other.
 */
export async function verifyWebhookSignature(delivery: WebhookDelivery): Promise<WebhookEvent> {
  const secrets = [delivery.secret ?? [], delivery.secrets ?? []].flat();
  if (secrets.length === 0 || secrets.includes(""))
    throw new BehalfError("A secret is needed to check a signature.", { code: "INVALID_OPTIONS" });
  const body = delivery.payload instanceof ArrayBuffer ? new Uint8Array(delivery.payload) : delivery.payload;
  const header = readerOf(delivery.headers);
  const problem = await checkDelivery({ body, header }, secrets, {
    now: delivery.now ?? Date.now(),
    toleranceSeconds: delivery.toleranceSeconds,
  });
  if (problem !== null) throw refused(sentences[problem]);

  const event = anyEventSchema.safeParse(valueOf(body));
  if (!event.success) throw refused("The delivery is signed and is not an event.");
  // The id headers are what a receiver deduplicates by before it reads the body.
  for (const name of [signatureHeaders.id, signatureHeaders.behalfId]) {
    const id = header(name.toLowerCase());
    if (id !== null && id !== event.data.eventId)
      throw refused("The delivery's headers and its body name different events.");
  }
  return event.data;
}

// Node gives plain objects, with a list for a header that came more than once. Two values for one of ours, in
// whatever spelling of its name, are nobody's honest delivery and read as something that cannot match.
function readerOf(headers: WebhookHeaders): (name: string) => string | null {
  if (headers instanceof Headers) return (name) => headers.get(name);
  return (name) => {
    const values = Object.entries(headers)
      .filter(([key, value]) => key.toLowerCase() === name && value !== undefined)
      .flatMap(([, value]) => value ?? []);
    return values.length === 0 ? null : values.join(", ");
  };
}

function valueOf(body: string | Uint8Array): unknown {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return JSON.parse(typeof body === "string" ? body : decoder.decode(body));
  } catch {
    return undefined;
  }
}

function refused(message: string): BehalfError {
  return new BehalfError(message, {
    code: "INVALID_SIGNATURE",
    hint: "Answer 400 and do nothing with it.",
  });
}
