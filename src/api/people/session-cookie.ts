import { fromBase64, toBase64, utf8 } from "../../crypto/encoding.ts";
import { isLocalSite } from "./site.ts";

/** Fixed by the wire contract. */
export const sessionCookieName = "behalfid_developer";

/** How long a session lasts, in seconds. It is not prolonged by use: a stolen one ends, too. */
export const sessionSeconds = 30 * 24 * 3600;

const algorithm = { name: "HMAC", hash: "SHA-256" };
let signing: { secret: string; key: Promise<CryptoKey> } | undefined;

function signingKey(env: Env): Promise<CryptoKey> {
  const secret = env.BETTER_AUTH_SECRET;
  if (secret.length < 32) throw new Error("BETTER_AUTH_SECRET must have at least 32 characters.");
  if (signing?.secret !== secret)
    signing = {
      secret,
      key: crypto.subtle.importKey("raw", utf8(secret), algorithm, false, ["sign", "verify"]),
    };
  return signing.key;
}

/** HMAC-SHA256 of a text under the deployment's secret. */
export async function keyedHash(env: Env, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await signingKey(env), utf8(text)));
}

/**
 * The cookie's value for a session's token: the token and its signature, as better-auth writes them. Without the
 * deployment's secret, what is stored in D1 makes no cookie.
 */
export async function sessionCookieValue(env: Env, token: string): Promise<string> {
  return encodeURIComponent(`${token}.${toBase64(await keyedHash(env, token))}`);
}

/** The session's token in a request's cookies. Undefined without the cookie, null for one that is not ours. */
export async function sessionTokenOf(
  env: Env,
  cookies: string | undefined,
): Promise<string | null | undefined> {
  const value = cookieValue(cookies);
  if (value === undefined) return undefined;
  const dot = value.lastIndexOf(".");
  const signature = dot > 0 ? fromBase64(value.slice(dot + 1)) : null;
  if (signature === null) return null;
  const token = value.slice(0, dot);
  const isOurs = await crypto.subtle.verify("HMAC", await signingKey(env), signature, utf8(token));
  return isOurs ? token : null;
}

// A path or a sub-domain can plant a second cookie of the name. Which of two is meant cannot be told.
function cookieValue(cookies: string | undefined): string | undefined {
  const values = (cookies ?? "").split(";").flatMap((pair) => {
    const [name, ...value] = pair.split("=");
    return name?.trim() === sessionCookieName ? [value.join("=").trim()] : [];
  });
  if (values.length === 0 || values[0] === "") return undefined;
  if (values.length > 1) return "";
  try {
    return decodeURIComponent(values[0] ?? "");
  } catch {
    return "";
  }
}

/** The Set-Cookie header that signs in with this value. */
export function setSessionCookie(env: Env, value: string): string {
  return cookie(env, value, sessionSeconds);
}

/** The Set-Cookie header that takes the cookie back. */
export function clearSessionCookie(env: Env): string {
  return cookie(env, "", 0);
}

function cookie(env: Env, value: string, maxAge: number): string {
  const secure = isLocalSite(env) ? "" : "; Secure";
  return `${sessionCookieName}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}
