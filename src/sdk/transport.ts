import { redact } from "../crypto/redact.ts";
import { boundedText, UnreadableBody } from "./bounded-text.ts";
import { pause, withDeadline } from "./deadline.ts";
import { BehalfError } from "./errors.ts";
import { fileStream } from "./file-stream.ts";
import type { Settings } from "./options.ts";

/** What tells the answer of a call from everything else: a schema, or a reader of the same shape. */
export type Answer<T> = { safeParse(value: unknown): { success: true; data: T } | { success: false } };

export type Call<T> = {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  query?: Record<string, string | number | boolean | undefined> | undefined;
  /** JSON text, as it is sent. */
  body?: string | undefined;
  /** Whose credential goes with it. A person's may also be a session cookie that the browser adds. */
  as: "agent" | "person" | "anyone";
  answer: Answer<T>;
  statuses?: readonly number[];
  maxBytes?: number;
  idempotencyKey?: string | undefined;
  /** Whether it does no harm when the server gets it twice. Nothing else is ever sent again. */
  repeatable: boolean;
  /** How long the server was asked to hold its answer, in milliseconds, on top of the timeout. */
  heldMs?: number;
  signal?: AbortSignal | undefined;
  /** Given the headers of the answer, when it is what was asked for. */
  onHeaders?: (headers: Headers) => void;
};

/** A call whose answer is a file. */
export type Download = Pick<Call<never>, "path" | "query" | "as" | "signal"> & { mediaType: string };

// Fixed by the wire contract.
const sessionCookieName = "behalfid_developer";
const maxAttempts = 3;
const firstBackoffMs = 200;
const maxRetryAfterMs = 10_000;
const defaultMaxBytes = 8 * 1024 * 1024;

/** A failure that the next attempt may not have. */
class PassingFailure extends Error {
  readonly error: BehalfError;

  constructor(error: BehalfError) {
    super(error.message);
    this.error = error;
  }
}

/** Sends calls to one deployment with one pair of credentials, which leave it in request headers only. */
export class Transport {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get baseUrl(): string {
    return this.#settings.baseUrl;
  }

  get agentId(): string | undefined {
    return this.#settings.agentId;
  }

  /** Whether a person's credential is here, which goes before an agent's where either would do. */
  get hasPerson(): boolean {
    return this.#settings.developerToken !== undefined || this.#settings.session !== undefined;
  }

  get hasApiKey(): boolean {
    return this.#settings.apiKey !== undefined;
  }

  /**
   * The parsed answer of a call. Throws `BehalfError` for everything that is not exactly what was asked for.
   * A repeatable call is tried up to three times, within three timeouts in all.
   */
  async send<T>(call: Call<T>): Promise<T> {
    const url = this.#urlOf(call);
    const init = this.#initOf(call);
    const attemptMs = this.#settings.timeoutMs + (call.heldMs ?? 0);
    const until = performance.now() + attemptMs * maxAttempts;

    for (let attempt = 1; ; attempt++) {
      try {
        return await withDeadline(Math.min(attemptMs, until - performance.now()), call.signal, (signal) =>
          this.#attempt(call, url, { ...init, signal }),
        );
      } catch (failure) {
        if (failure instanceof BehalfError) throw failure;
        if (!(failure instanceof PassingFailure))
          throw this.#error("NETWORK_ERROR", "The call failed.", failure);
        const waitMs = backoffMs(attempt, failure.error.retryAfterSeconds);
        const isLast = !call.repeatable || attempt === maxAttempts;
        if (isLast || waitMs > maxRetryAfterMs || performance.now() + waitMs >= until) throw failure.error;
        await pause(waitMs, call.signal);
      }
    }
  }

  /**
   * The body of a file as it arrives. Until it begins, the timeout holds; after that a file may take as long as
   * its reader does, and stall for five minutes. Throws `BehalfError` for everything but the file that was asked
   * for, and so does its reading.
   */
  async download(call: Download): Promise<ReadableStream<Uint8Array>> {
    const url = this.#urlOf(call);
    const init = this.#initOf({ method: "GET", as: call.as, accept: call.mediaType });
    const reading = new AbortController();
    try {
      // Not with the deadline's own signal, which ends when the answer begins and would cut the body off.
      const { response, body } = await withDeadline(this.#settings.timeoutMs, call.signal, () =>
        this.#file(call, url, { ...init, signal: reading.signal }),
      );
      const hint = "Try again. An export that is too long for one request goes on with an earlier `to`.";
      return fileStream(body, call.signal, (cause) => this.#brokenOff(response, cause, hint));
    } catch (failure) {
      reading.abort();
      throw failure instanceof PassingFailure ? failure.error : failure;
    }
  }

  async #file(
    { mediaType }: Download,
    url: string,
    init: RequestInit,
  ): Promise<{ response: Response; body: ReadableStream<Uint8Array> }> {
    const response = await this.#exchange(url, init);
    if (!response.ok)
      throw this.#refusal(response, await this.#textOf(response, defaultMaxBytes).catch(() => ""));
    const { body } = response;
    const isFile = response.headers.get("content-type")?.toLowerCase().startsWith(mediaType) === true;
    if (!isFile || body === null) throw this.#invalid(response, "It is not what was asked for.");
    return { response, body };
  }

  #urlOf(call: Pick<Call<unknown>, "path" | "query">): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) query.set(name, String(value));
    return this.#settings.baseUrl + call.path + (query.size === 0 ? "" : `?${query}`);
  }

  #initOf(
    call: Pick<Call<unknown>, "method" | "as" | "body" | "idempotencyKey"> & { accept?: string },
  ): RequestInit & { headers: Record<string, string> } {
    const headers: Record<string, string> = { accept: call.accept ?? "application/json" };
    if (call.as === "agent") {
      if (this.#settings.apiKey === undefined)
        throw new BehalfError("This call needs the agent's API key.", {
          code: "AGENT_AUTH_REQUIRED",
          hint: "Give it to the client: new BehalfID({ apiKey }).",
        });
      headers["authorization"] = `Bearer ${this.#settings.apiKey}`;
    } else if (call.as === "person" && this.#settings.developerToken !== undefined) {
      headers["x-developer-token"] = this.#settings.developerToken;
    } else if (call.as === "person" && this.#settings.session !== undefined) {
      headers["cookie"] = `${sessionCookieName}=${this.#settings.session}`;
      // What is done in the name of a cookie has to say that it comes from the site itself.
      headers["origin"] = new URL(this.#settings.baseUrl).origin;
    }
    if (call.idempotencyKey !== undefined) headers["idempotency-key"] = call.idempotencyKey;
    // A redirect would carry the key to whatever address the answer names.
    const init = { method: call.method, headers, redirect: "manual" as const };
    if (call.body === undefined) return init;
    headers["content-type"] = "application/json";
    return { ...init, body: call.body };
  }

  async #exchange(url: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await this.#settings.fetch(url, init);
    } catch (cause) {
      throw new PassingFailure(
        this.#error("NETWORK_ERROR", `${this.#settings.baseUrl} could not be reached.`, cause),
      );
    }
    if (response.redirected || response.type === "opaqueredirect" || isRedirect(response.status))
      throw new BehalfError(`${this.#settings.baseUrl} answered with a redirect, which is not followed.`, {
        code: "REDIRECT_REFUSED",
        status: response.status,
        hint: "Set baseUrl to the address that answers by itself.",
      });
    return response;
  }

  async #attempt<T>(call: Call<T>, url: string, init: RequestInit): Promise<T> {
    const response = await this.#exchange(url, init);
    const text = await this.#textOf(response, call.maxBytes ?? defaultMaxBytes);
    if (!response.ok) {
      const refusal = this.#refusal(response, text);
      throw response.status === 429 || response.status === 503 ? new PassingFailure(refusal) : refusal;
    }
    const isExpected = (call.statuses ?? [200, 201]).includes(response.status);
    const parsed = isExpected && isJson(response) ? call.answer.safeParse(valueOf(text)) : undefined;
    if (parsed?.success !== true) throw this.#invalid(response, "It is not what was asked for.");
    call.onHeaders?.(response.headers);
    return parsed.data;
  }

  async #textOf(response: Response, maxBytes: number): Promise<string> {
    try {
      return await boundedText(response, maxBytes);
    } catch (cause) {
      if (cause instanceof UnreadableBody) throw this.#invalid(response, cause.message);
      // The connection ended inside the body: the server's work is done, its answer is not known.
      throw new PassingFailure(this.#brokenOff(response, cause));
    }
  }

  #refusal(response: Response, text: string): BehalfError {
    const body = isJson(response) ? problemIn(valueOf(text)) : {};
    const sentence = body.detail ?? body.error ?? `The server answered ${response.status}.`;
    return new BehalfError(this.#clean(sentence), {
      code: body.code === undefined ? "HTTP_ERROR" : this.#clean(body.code),
      status: response.status,
      requestId: body.requestId === undefined ? undefined : this.#clean(body.requestId),
      hint: body.hint === undefined ? undefined : this.#clean(body.hint),
      retryAfterSeconds: retryAfterSeconds(response.headers.get("retry-after")),
    });
  }

  #invalid(
    response: Response,
    why: string,
    cause?: unknown,
    hint = "Check that baseUrl is BehalfID's address.",
  ): BehalfError {
    return new BehalfError(`The answer of ${this.#settings.baseUrl} cannot be used. ${why}`, {
      code: "INVALID_RESPONSE",
      status: response.status,
      hint,
      cause: cause === undefined ? undefined : this.#withoutSecrets(cause),
    });
  }

  #brokenOff(response: Response, cause: unknown, hint = "Try again."): BehalfError {
    return this.#invalid(response, "It broke off.", cause, hint);
  }

  #error(code: "NETWORK_ERROR", message: string, cause: unknown): BehalfError {
    return new BehalfError(message, {
      code,
      hint: "Check baseUrl and the network, then try again.",
      cause: this.#withoutSecrets(cause),
    });
  }

  // A fetch that was given to us may put the request, key included, into its errors. Only words are kept.
  #withoutSecrets(cause: unknown): Error {
    const words: string[] = [];
    let left: unknown = cause;
    for (let depth = 0; left instanceof Error && depth < 4; depth++) {
      const code = "code" in left && typeof left.code === "string" ? ` (${left.code})` : "";
      words.push(`${left.name}: ${left.message}${code}`);
      left = left.cause;
    }
    return new Error(this.#clean(words.join("; ") || "unknown"));
  }

  #clean(text: string): string {
    let cleaned = redact(text);
    const { apiKey, developerToken, session } = this.#settings;
    for (const secret of [apiKey, developerToken, session])
      if (secret !== undefined) cleaned = cleaned.replaceAll(secret, "[redacted]");
    return cleaned.slice(0, 1000);
  }
}

function backoffMs(attempt: number, retryAfter: number | undefined): number {
  if (retryAfter !== undefined) return retryAfter * 1000;
  return firstBackoffMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
}

// RFC 9110 §10.2.3: seconds, or a date.
function retryAfterSeconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

const problemFields = { code: 100, detail: Infinity, error: Infinity, hint: Infinity, requestId: 200 };

// What of a problem is text of a bearable length. The rest counts as not said.
function problemIn(value: unknown): Partial<Record<keyof typeof problemFields, string>> {
  if (typeof value !== "object" || value === null) return {};
  const fields = value as Record<string, unknown>;
  const said = Object.entries(problemFields).flatMap(([name, max]) => {
    const text = fields[name];
    return typeof text === "string" && text.length <= max ? [[name, text]] : [];
  });
  return Object.fromEntries(said) as Partial<Record<keyof typeof problemFields, string>>;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

function isJson(response: Response): boolean {
  const type = response.headers.get("content-type") ?? "";
  return /^application\/(?:problem\+)?json\s*(?:;|$)/i.test(type);
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
