import type { ProblemCode } from "../../src/contract/problem.ts";

export type FieldError = { field: string; rule: string };

/** Every way a call can fail, with the sentence to show. `OFFLINE` and `INVALID_ANSWER` are this client's own. */
export class ApiError extends Error {
  readonly code: ProblemCode | "OFFLINE" | "INVALID_ANSWER" | (string & {});
  readonly status: number;
  readonly requestId: string | undefined;
  readonly hint: string | undefined;
  readonly fields: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    sentence: string,
    details: Pick<ApiError, "code" | "status"> &
      Partial<Pick<ApiError, "requestId" | "hint" | "fields" | "retryAfterSeconds">> & { cause?: unknown },
  ) {
    super(sentence, { cause: details.cause });
    this.name = "ApiError";
    this.code = details.code;
    this.status = details.status;
    this.requestId = details.requestId || undefined;
    this.hint = details.hint;
    this.fields = details.fields ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Nobody is signed in, or not any more. */
  get isSignedOut(): boolean {
    return this.code === "AUTH_REQUIRED";
  }
}
