import { toBase64, toBase64Url, toHex, utf8 } from "./encoding.ts";

/** What each kind of secret starts with. Fixed by the wire contract, and what `redact` looks for. */
export const secretPrefixes = {
  agentKey: "bhf_sk_",
  developerToken: "bhf_dev_",
  passportToken: "bhf_pass_",
  webhookSecret: "whsec_",
} as const;

const secretBytes = 32;

function randomBytes(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(secretBytes));
}

/** A new agent key: `bhf_sk_` and 32 random bytes as base64url. */
export function newAgentKey(): string {
  return secretPrefixes.agentKey + toBase64Url(randomBytes());
}

/** A new developer token: `bhf_dev_` and 32 random bytes as base64url. */
export function newDeveloperToken(): string {
  return secretPrefixes.developerToken + toBase64Url(randomBytes());
}

/** A new passport token: `bhf_pass_` and 32 random bytes as base64url. */
export function newPassportToken(): string {
  return secretPrefixes.passportToken + toBase64Url(randomBytes());
}

/** A new webhook secret: `whsec_` and 32 random bytes as standard base64, as Standard Webhooks has it. */
export function newWebhookSecret(): string {
  return secretPrefixes.webhookSecret + toBase64(randomBytes());
}

/** Whether a text has the exact form of an agent key. What has not is refused before anything is looked up. */
export function isAgentKey(text: string): boolean {
  return /^bhf_sk_[A-Za-z0-9_-]{43}$/.test(text);
}

/** Whether a text has the exact form of a developer token. */
export function isDeveloperToken(text: string): boolean {
  return /^bhf_dev_[A-Za-z0-9_-]{43}$/.test(text);
}

/** Whether a text has the exact form of a passport token. */
export function isPassportToken(text: string): boolean {
  return /^bhf_pass_[A-Za-z0-9_-]{43}$/.test(text);
}

/** Whether a text has the exact form of a webhook secret that we made. */
export function isWebhookSecret(text: string): boolean {
  return /^whsec_[A-Za-z0-9+/]{43}=$/.test(text);
}

/**
 * SHA-256 of a secret in hex: the only form in which keys and tokens are stored. They are 256 random bits, so
 * a plain hash cannot be guessed backwards and needs neither salt nor stretching.
 */
export async function hashSecret(secret: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(secret))));
}

/**
 * A secret as lists show it, such as `bhf_sk_…a1B2`: its prefix and its last four characters. Of a text that is
 * none of our secrets, nothing is shown.
 */
export function preview(secret: string): string {
  const isOurs =
    isAgentKey(secret) || isDeveloperToken(secret) || isPassportToken(secret) || isWebhookSecret(secret);
  const prefix = Object.values(secretPrefixes).find((each) => secret.startsWith(each));
  return isOurs && prefix !== undefined ? `${prefix}…${secret.slice(-4)}` : "[redacted]";
}
