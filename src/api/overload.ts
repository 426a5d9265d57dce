import type { ProblemCode } from "../contract/problem.ts";
import type { Bounds } from "./admission.ts";
import { readClock } from "./clock.ts";
import type { AppContext } from "./context.ts";
import { Problem } from "./problem.ts";
import { reportOverload } from "./report.ts";

/**
 * What one isolate decides at once. An ungated verify takes it about 3 ms, so that the last of a burst is answered
 * within 2 s, and its bodies fit into memory; a queue that stays is kept to what is answered at once. One agent cannot take all.
 */
export const isolateBounds: Bounds = {
  burst: 512,
  standing: 128,
  patienceMs: 1000,
  restMs: 3000,
  share: 0.75,
  longestMs: 15_000,
};
const longestRetrySeconds = 3;

/** Which problem says that too much is going on: where a decision is asked for, that there is none. */
export type OverloadCode = Extract<ProblemCode, "VERIFY_FAILED_CLOSED" | "UNAVAILABLE">;

/** Throws when there is no room, before anything is done for the call. */
export function refuseOverload(c: AppContext, code: OverloadCode): void {
  if (!c.get("admission").hasRoom(callerOf(c), c.get("now"))) throw overloaded(c, code);
}

/** Does the work if there is room for it, and counts it until it is done. Throws when there is none. */
export async function withinLoad<T>(c: AppContext, code: OverloadCode, work: () => Promise<T>): Promise<T> {
  const leave = c.get("admission").enter(callerOf(c), c.get("now"));
  if (leave === undefined) throw overloaded(c, code);
  const done = Promise.resolve()
    .then(work)
    .finally(() => leave(readClock()));
  // Who hangs up at once must not leave a place behind that nobody gives back.
  c.executionCtx.waitUntil(done.then(nothing, nothing));
  return done;
}

function overloaded(c: AppContext, code: OverloadCode): Problem {
  reportOverload(c.get("now"));
  // Spread out: all that were refused together would come back together.
  const seconds = 1 + Math.floor(Math.random() * longestRetrySeconds);
  return new Problem(code, { headers: { "Retry-After": String(seconds) }, isReported: true });
}

function callerOf(c: AppContext): string {
  return c.req.header("Authorization")?.trim().split(/\s+/).at(-1) ?? "";
}

function nothing(): void {}
