import type * as z from "zod";
import { problemSchema } from "../../src/contract/problem.ts";
import { ApiError } from "./api-error.ts";

type Query = Record<string, string | number | boolean | undefined>;
type Options = {
  query?: Query;
  signal?: AbortSignal | undefined;
  /** A token to call with in place of the browser's session, which then stays at home. */
  bearer?: string | undefined;
};

/**
 * Calls the API of this origin with the browser's session. Every answer is parsed; one of another shape is an
 * error, never half a page. Queries pass their `signal`, so that what is no longer looked at is not fetched.
 */
export const api = {
  get: <T>(path: string, answer: z.ZodType<T>, options: Options = {}) =>
    call("GET", path, undefined, answer, options),
  post: <T>(path: string, body: unknown, answer: z.ZodType<T>, options: Pick<Options, "bearer"> = {}) =>
    call("POST", path, body, answer, options),
  patch: <T>(path: string, body: unknown, answer: z.ZodType<T>) => call("PATCH", path, body, answer),
  delete: <T>(path: string, answer: z.ZodType<T>) => call("DELETE", path, undefined, answer),
};

async function call<T>(
  method: string,
  path: string,
  body: unknown,
  answer: z.ZodType<T>,
  { query = {}, signal, bearer }: Options = {},
): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(path + searchOf(query), {
      method,
      credentials: bearer === undefined ? "same-origin" : "omit",
      redirect: "error",
      cache: "no-store",
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    text = await response.text();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError("BehalfID could not be reached.", {
      code: "OFFLINE",
      status: 0,
      hint: "Check the connection. Nothing was changed that this page knows of.",
      cause,
    });
  }
  const value = valueOf(text);
  if (!response.ok) throw refusal(response, value);
  const parsed = answer.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ApiError("The server's answer is not what this page expects.", {
    code: "INVALID_ANSWER",
    status: response.status,
    requestId: response.headers.get("X-Request-Id") ?? "",
    hint: "Reload the page; it may be older than the server.",
    cause: parsed.error,
  });
}

function refusal(response: Response, value: unknown): ApiError {
  const parsed = problemSchema.safeParse(value);
  const requestId = response.headers.get("X-Request-Id") ?? "";
  if (!parsed.success)
    return new ApiError(`The server answered ${response.status}.`, {
      code: "INVALID_ANSWER",
      status: response.status,
      requestId,
      hint: "Try again in a moment.",
    });
  const { detail, code, hint, errors } = parsed.data;
  const retryAfter = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new ApiError(detail, {
    code,
    status: response.status,
    requestId: parsed.data.requestId || requestId,
    hint,
    fields: errors ?? [],
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  });
}

function searchOf(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") search.set(name, String(value));
  return search.size === 0 ? "" : `?${search}`;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
