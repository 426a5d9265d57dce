import type { FieldError } from "../contract/ambiguous-json.ts";
import { problems, type ProblemBody, type ProblemCode } from "../contract/problem.ts";
import { redact, redactIn } from "../crypto/redact.ts";

type Details = {
  detail?: string;
  hint?: string;
  errors?: FieldError[];
  headers?: Record<string, string>;
  cause?: unknown;
  /** Nothing that would have to be written down for each request. */
  isReported?: boolean;
};

/** Thrown where no answer is possible. What the caller sees of it is problemResponse's. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;
  readonly isReported: boolean;

  constructor(code: ProblemCode, details: Details = {}) {
    const detail = details.detail ?? problems[code].sentence;
    super(detail, { cause: details.cause });
    this.name = "Problem";
    this.code = code;
    this.detail = detail;
    this.hint = details.hint ?? problems[code].hint;
    this.errors = details.errors;
    this.headers = details.headers ?? {};
    this.isReported = details.isReported ?? false;
  }

  get status(): number {
    return problems[this.code].status;
  }
}

/** The refusal of fields, all of them at once; its sentence names the first and says how many more. */
export function invalidRequest(errors: FieldError[]): Problem {
  const [first] = errors;
  if (first === undefined) return new Problem("INVALID_REQUEST");
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return new Problem("INVALID_REQUEST", { detail: `${first.field} ${first.rule}${more}.`, errors });
}

/** Too many requests; the caller is told when to come back. */
export function tooManyRequests(seconds: number, detail?: string): Problem {
  return new Problem("RATE_LIMIT_EXCEEDED", {
    ...(detail === undefined ? {} : { detail }),
    headers: { "Retry-After": String(seconds) },
  });
}

/**
 * RFC 9457 problem details, with `error` and `code` for older clients. Sentences name what the caller sent, a field of
 * any name for one, and a credential may have strayed there: no answer says it again.
 */
export function problemResponse(problem: Problem, requestId: string): Response {
  const { status, title } = problems[problem.code];
  const detail = redact(problem.detail);
  const body: ProblemBody = {
    type: `https://behalfid.com/problems/${problem.code.toLowerCase().replaceAll("_", "-")}`,
    title,
    status,
    detail,
    requestId,
    error: detail,
    code: problem.code,
    ...(problem.hint === undefined ? {} : { hint: redact(problem.hint) }),
    ...(problem.errors === undefined ? {} : { errors: redactIn(problem.errors) }),
  };
  const headers: Record<string, string> = {
    "Content-Type": "application/problem+json",
    ...problem.headers,
  };
  if (status === 503) headers["Retry-After"] ??= "1";
  // RFC 9110 §11.6.1: a 401 says how to come back.
  if (status === 401) headers["WWW-Authenticate"] ??= 'Bearer realm="BehalfID"';
  return new Response(JSON.stringify(body), { status, headers });
}
