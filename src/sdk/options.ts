import { BehalfError } from "./errors.ts";

export type BehalfOptions = {
  /** The agent's own key, `bhf_sk_…`. Needed to verify. */
  apiKey?: string | undefined;
  /** A person's developer token, `bhf_dev_…`. Needed to manage agents, permissions and approvals. */
  developerToken?: string | undefined;
  /** The value of a signed-in person's session cookie, as the `behalf` command line keeps it after a login. */
  session?: string | undefined;
  /** The agent that is meant when a request does not name one. */
  agentId?: string | undefined;
  /** Where BehalfID answers. `https://behalfid.com` when it is not given. */
  baseUrl?: string | undefined;
  /** Lets a key travel over plain http to a host that is not this machine. For closed networks only. */
  allowInsecureHttp?: boolean | undefined;
  /** What to send requests with instead of the runtime's own `fetch`. */
  fetch?: typeof fetch | undefined;
  /** How long one attempt may take, its body included, in milliseconds. 10,000 when it is not given. */
  timeoutMs?: number | undefined;
};

export type Settings = {
  apiKey: string | undefined;
  developerToken: string | undefined;
  session: string | undefined;
  agentId: string | undefined;
  baseUrl: string;
  fetch: typeof fetch;
  timeoutMs: number;
};

/** Where BehalfID answers when nobody says otherwise. */
export const defaultBaseUrl = "https://behalfid.com";
const defaultTimeoutMs = 10_000;
const maxTimeoutMs = 24 * 3600 * 1000;
const thisMachine = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The settings that options stand for. Throws `BehalfError` with code `INVALID_OPTIONS`. */
export function settingsOf(options: BehalfOptions): Settings {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  if (!(timeoutMs > 0 && timeoutMs <= maxTimeoutMs))
    throw invalid(`timeoutMs must be a number of milliseconds from 1 to ${maxTimeoutMs}.`);
  return {
    apiKey: secretOf("apiKey", options.apiKey),
    developerToken: secretOf("developerToken", options.developerToken),
    session: sessionOf(options.session),
    agentId: options.agentId,
    baseUrl: baseUrlOf(options.baseUrl ?? defaultBaseUrl, options.allowInsecureHttp === true),
    // Called as a plain function: Workers and browsers refuse their fetch as a method of something else.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    timeoutMs,
  };
}

// A runtime that is given a key with a line break in it throws an error that quotes the key.
function secretOf(option: "apiKey" | "developerToken", secret: string | undefined): string | undefined {
  if (secret === undefined) return undefined;
  if (typeof secret !== "string" || !/^[\x21-\x7e]{1,512}$/.test(secret))
    throw invalid(`${option} is empty or holds characters that no key has.`);
  return secret;
}

// What could end the cookie would let whoever wrote the value add cookies of their own.
function sessionOf(session: string | undefined): string | undefined {
  if (session === undefined) return undefined;
  if (typeof session !== "string" || !/^[\w%.~!*'()-]{1,1024}$/.test(session))
    throw invalid("session is empty or holds characters that no session has.");
  return session;
}

function baseUrlOf(text: string, allowInsecureHttp: boolean): string {
  if (!URL.canParse(text)) throw invalid("baseUrl must be an absolute URL.");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw invalid("baseUrl must have no user, no password, no query and no fragment.");
  const isSafe =
    url.protocol === "https:" ||
    (url.protocol === "http:" && (allowInsecureHttp || thisMachine.has(url.hostname)));
  if (!isSafe)
    throw invalid(
      "baseUrl must start with https://, so that nobody on the way can read the key or forge an answer.",
      "On a closed network, allowInsecureHttp: true permits http://.",
    );
  return url.origin + url.pathname.replace(/\/+$/, "");
}

function invalid(message: string, hint?: string): BehalfError {
  return new BehalfError(message, { code: "INVALID_OPTIONS", hint });
}
