const ours = /(bhf_(?:sk|dev|pass)_)[A-Za-z0-9_-]+/gi;
// Base64 as it stands, in a URL (%2F) and in JSON that escapes the slash.
const webhookSecret = /(whsec_)(?:[A-Za-z0-9+/=_-]|%[0-9A-Fa-f]{2}|\\\/)+/gi;
const bearer = /\b(bearer(?:\s|%20|\+)+)(?!bhf_|whsec_)[A-Za-z0-9._~+/=-]{8,}/gi;
// The bound keeps a long run of the name from being scanned once for each place in it.
const sessionCookie = /(behalfid_developer[\w.-]{0,32}["']?\s*[=:]\s*["']?)[^\s"';,]+/gi;

/**
 * A text without the secrets in it: agent keys, developer and passport tokens, webhook secrets, bearer tokens
 * of any make, and the value of the session cookie. For logs, errors and previews. A cut-off secret goes too;
 * previews such as `bhf_sk_…a1B2` stay.
 */
export function redact(text: string): string {
  return text
    .replace(ours, "$1[redacted]")
    .replace(webhookSecret, "$1[redacted]")
    .replace(sessionCookie, "$1[redacted]")
    .replace(bearer, "$1[redacted]");
}
