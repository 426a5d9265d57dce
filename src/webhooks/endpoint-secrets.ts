import type { WebhookId } from "../contract/ids.ts";
import { open, seal, sealingKey } from "../crypto/sealing.ts";

/** What of a webhook is kept encrypted. Each opens only as what it is, and only at its own webhook. */
export type SealedKind = "secret" | "routing-key";

let cached: { base64: string; key: Promise<CryptoKey> } | undefined;

function keyOf({ SEALING_KEY: base64 }: Pick<Env, "SEALING_KEY">): Promise<CryptoKey> {
  if (cached?.base64 !== base64) cached = { base64, key: sealingKey(base64) };
  return cached.key;
}

/** A webhook's secret or routing key, encrypted for storage. */
export async function sealFor(
  env: Pick<Env, "SEALING_KEY">,
  webhookId: WebhookId,
  kind: SealedKind,
  plain: string,
): Promise<string> {
  return seal(plain, await keyOf(env), `webhook:${webhookId}:${kind}`);
}

/** What `sealFor` sealed. Throws SealingError for anything else. */
export async function openFor(
  env: Pick<Env, "SEALING_KEY">,
  webhookId: WebhookId,
  kind: SealedKind,
  sealed: string,
): Promise<string> {
  return open(sealed, await keyOf(env), `webhook:${webhookId}:${kind}`);
}
