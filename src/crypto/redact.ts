const ours = /(bhf_(?:sk|dev|pass)_)[A-Za-z0-9_-]+/gi;
// Base64 as it stands, in a URL (%2F) and in JSON that escapes the slash.
const webhookSecret = /(whsec_)(?:[A-Za-z0-9+/=_-]|%[0-9A-Fa-f]{2}|\\\/)+/gi;
const bearer = /\b(bearer(?:\s|%20|\+)+)(?!bhf_|whsec_)[A-Za-z0-9._~+/=-]{8,}/gi;
// The bound keeps a long run of the name from being scanned once for each place in it.
const sessionCookie = /(behalfid_developer[\w.-]{0,32}["']?\s*[=:]\s*["']?)[^\s"';,]+/gi;

// What any of these begins with. Nearly every text has none of it, and is then looked through once and not four times.
const mark = /bhf_|whsec_|bearer|behalfid_developer/i;

/**
 * A text without the secrets in it: agent keys, developer and passport tokens, webhook secrets, bearer tokens
 * of any make, and the value of the session cookie. For logs, errors and previews. A cut-off secret goes too;
 * previews such as `bhf_sk_…a1B2` stay.
 */
export function redact(text: string): string {
  if (!mark.test(text)) return text;
  return text
    .replace(ours, "$1[redacted]")
    .replace(webhookSecret, "$1[redacted]")
    .replace(sessionCookie, "$1[redacted]")
    .replace(bearer, "$1[redacted]");
}

/**
 * A JSON value without the secrets in its texts and its names; the value itself where there are none. Names that differ
 * by a secret only become one.
 */
export function redactIn<Value>(value: Value): Value {
  // JSON writes nothing of a mark otherwise than it is.
  return mark.test(JSON.stringify(value)) ? (withoutSecrets(value) as Value) : value;
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), withoutSecrets(item)]));
}
