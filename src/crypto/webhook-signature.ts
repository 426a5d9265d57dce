import { constantTimeEqual } from "./constant-time-equal.ts";
import { fromBase64, toBase64, toHex, utf8 } from "./encoding.ts";
import { secretPrefixes } from "./secrets.ts";

/** One attempt to deliver an event. `timestamp` is in Unix seconds, `body` the bytes as they are sent. */
export type Delivery = { eventId: string; timestamp: number; body: string | Uint8Array };

/** The names of the headers that carry a signature. Header names compare without case. */
export const signatureHeaders = {
  id: "webhook-id",
  timestamp: "webhook-timestamp",
  signature: "webhook-signature",
  behalfId: "BehalfID-Event-ID",
  behalfTimestamp: "BehalfID-Timestamp",
  behalfSignature: "BehalfID-Signature",
} as const;

/** How far a delivery's timestamp may be from now, in seconds, when the receiver does not say. */
export const defaultToleranceSeconds = 300;

/**
 * The headers of a delivery under both schemes, with a signature for each secret that is alive: Standard
 * Webhooks, and BehalfID's own. Throws when there is no secret, or one that is not `whsec_` and base64.
 */
export async function signDelivery(
  delivery: Delivery,
  secrets: readonly string[],
): Promise<Record<string, string>> {
  if (secrets.length === 0) throw new TypeError("A delivery needs a secret to be signed with.");
  const standard = await Promise.all(secrets.map((secret) => signStandard(delivery, secret)));
  const behalf = await Promise.all(secrets.map((secret) => signBehalf(delivery, secret)));
  const timestamp = String(delivery.timestamp);
  return {
    [signatureHeaders.id]: delivery.eventId,
    [signatureHeaders.timestamp]: timestamp,
    [signatureHeaders.signature]: standard.join(" "),
    [signatureHeaders.behalfId]: delivery.eventId,
    [signatureHeaders.behalfTimestamp]: timestamp,
    [signatureHeaders.behalfSignature]: behalf.join(" "),
  };
}

/**
 * A signature by Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, keyed with the
 * bytes that the secret is base64 of. Throws on a secret that is not base64.
 */
export async function signStandard(delivery: Delivery, secret: string): Promise<string> {
  const key = standardKey(secret);
  if (key === null) throw new TypeError("A webhook secret must be whsec_ and standard base64.");
  const mac = await hmac(key, `${delivery.eventId}.${delivery.timestamp}.`, delivery.body);
  return `v1,${toBase64(mac)}`;
}

/**
 * A signature by BehalfID's own scheme: `v1=` and hex of HMAC-SHA256 over `timestamp.body`, keyed with the
 * lower-case hex text of SHA-256 of the whole secret.
 */
export async function signBehalf(delivery: Omit<Delivery, "eventId">, secret: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(secret));
  const key = utf8(toHex(new Uint8Array(digest)));
  return `v1=${toHex(await hmac(key, `${delivery.timestamp}.`, delivery.body))}`;
}

/** Why a delivery is not accepted. */
export type SignatureProblem = "missing" | "malformed" | "too_old" | "too_new" | "mismatch";

/**
 * Checks the signatures of a delivery: null when they hold, or what is wrong. `header` reads a header by its
 * lower-case name; `now` is in epoch milliseconds.
 *
 * Every scheme whose headers are present must hold, and at least one must be present: with "any of them",
 * whoever captured a delivery could change the headers that the other scheme vouches for.
 */
export async function checkDelivery(
  received: { body: string | Uint8Array; header: (name: string) => string | null },
  secrets: readonly string[],
  options: { now: number; toleranceSeconds?: number | undefined },
): Promise<SignatureProblem | null> {
  const read = (name: string) => received.header(name.toLowerCase());
  const standard = {
    timestamp: read(signatureHeaders.timestamp),
    signature: read(signatureHeaders.signature),
  };
  const behalf = {
    timestamp: read(signatureHeaders.behalfTimestamp),
    signature: read(signatureHeaders.behalfSignature),
  };
  const eventId = read(signatureHeaders.id);
  if (standard.signature === null && behalf.signature === null) return "missing";

  if (standard.signature !== null) {
    // A dot in the id would let a part of it be read as the timestamp.
    if (eventId === null || !/^[A-Za-z0-9_-]+$/.test(eventId)) return "malformed";
    const problem = await checkScheme(standard, options, secrets, async (timestamp, secret) =>
      standardKey(secret) === null ? null : signStandard({ eventId, timestamp, body: received.body }, secret),
    );
    if (problem !== null) return problem;
  }
  if (behalf.signature !== null)
    return checkScheme(behalf, options, secrets, (timestamp, secret) =>
      signBehalf({ timestamp, body: received.body }, secret),
    );
  return null;
}

async function checkScheme(
  headers: { timestamp: string | null; signature: string | null },
  { now, toleranceSeconds = defaultToleranceSeconds }: { now: number; toleranceSeconds?: number | undefined },
  secrets: readonly string[],
  sign: (timestamp: number, secret: string) => Promise<string | null>,
): Promise<SignatureProblem | null> {
  if (headers.timestamp === null || headers.signature === null) return "malformed";
  // One spelling: the signature covers the number, so "0170" and "1.7e9" must not stand for one.
  if (!/^[1-9][0-9]{0,11}$/.test(headers.timestamp)) return "malformed";
  const timestamp = Number(headers.timestamp);
  const age = Math.floor(now / 1000) - timestamp;
  // Said as what is accepted: a tolerance that is not a number accepts nothing.
  if (!(Math.abs(age) <= toleranceSeconds)) return age > 0 ? "too_old" : "too_new";

  const given = headers.signature.split(" ").map(utf8);
  let isSigned = false;
  for (const secret of secrets) {
    const expected = await sign(timestamp, secret);
    if (expected === null) continue;
    for (const signature of given) if (constantTimeEqual(signature, utf8(expected))) isSigned = true;
  }
  return isSigned ? null : "mismatch";
}

function standardKey(secret: string): Uint8Array<ArrayBuffer> | null {
  const prefix = secretPrefixes.webhookSecret;
  const key = fromBase64(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret);
  return key === null || key.length === 0 ? null : key;
}

async function hmac(
  key: Uint8Array<ArrayBuffer>,
  head: string,
  body: string | Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const headBytes = utf8(head);
  const bodyBytes = typeof body === "string" ? utf8(body) : body;
  const message = new Uint8Array(headBytes.length + bodyBytes.length);
  message.set(headBytes);
  message.set(bodyBytes, headBytes.length);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const hmacKey = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", hmacKey, message));
}
