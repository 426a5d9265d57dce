import { fromBase64, fromBase64Url, toBase64Url, utf8 } from "./encoding.ts";

const prefix = "v1.";
const ivBytes = 12;
const keyBytes = 32;

/** Thrown when a key has not the right form or a sealed text does not open. Says nothing about either. */
export class SealingError extends Error {
  override readonly name = "SealingError";
}

/** The key for `seal` and `open`, from standard base64 of exactly 32 bytes. Throws on anything else. */
export async function sealingKey(base64: string): Promise<CryptoKey> {
  const bytes = fromBase64(base64);
  if (bytes === null || bytes.length !== keyBytes)
    throw new SealingError("The sealing key must be standard base64 of exactly 32 bytes.");
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/**
 * A secret that has to be kept readable, encrypted for storage: AES-256-GCM with a random 96-bit IV, as
 * `v1.` and base64url of IV, ciphertext and tag.
 *
 * `context` names the place that it belongs to, such as the webhook's id. It is authenticated and not stored:
 * a sealed text that was copied to another row does not open there.
 */
export async function seal(plain: string, key: CryptoKey, context: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const encrypted = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: utf8(prefix + context) },
    key,
    utf8(plain),
  );
  const sealed = new Uint8Array(ivBytes + encrypted.byteLength);
  sealed.set(iv);
  sealed.set(new Uint8Array(encrypted), ivBytes);
  return prefix + toBase64Url(sealed);
}

/** The secret that `seal` sealed with the same key and context. Throws `SealingError` for anything else. */
export async function open(sealed: string, key: CryptoKey, context: string): Promise<string> {
  const bytes = sealed.startsWith(prefix) ? fromBase64Url(sealed.slice(prefix.length)) : null;
  if (bytes === null || bytes.length < ivBytes) throw new SealingError("Cannot be opened.");
  try {
    const plain = await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: bytes.subarray(0, ivBytes),
        additionalData: utf8(prefix + context),
      },
      key,
      bytes.subarray(ivBytes),
    );
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
  } catch {
    throw new SealingError("Cannot be opened.");
  }
}
