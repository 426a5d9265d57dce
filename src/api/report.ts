import { redact } from "../crypto/redact.ts";
import type { Problem } from "./problem.ts";

/** Writes down what went wrong under the request's id, which is all that the caller learns of it. */
export function report({ code, cause }: Problem, requestId: string): void {
  const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  console.error(JSON.stringify({ requestId, code, error: redact(error) }));
}

const overloadEveryMs = 1000;
const refused = { count: 0, reportedAt: 0 };

/** Writes down that calls are refused, once a second: a line for each would be work of its own. */
export function reportOverload(now: number): void {
  refused.count += 1;
  if (Math.abs(now - refused.reportedAt) < overloadEveryMs) return;
  console.error(JSON.stringify({ overload: "Too many calls are under way.", refused: refused.count }));
  refused.count = 0;
  refused.reportedAt = now;
}
