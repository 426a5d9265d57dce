import { redact } from "../crypto/redact.ts";
import type { Problem } from "./problem.ts";

/** Writes down what went wrong under the request's id, which is all that the caller learns of it. */
export function report({ code, cause }: Problem, requestId: string): void {
  const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  console.error(JSON.stringify({ requestId, code, error: redact(error) }));
}
