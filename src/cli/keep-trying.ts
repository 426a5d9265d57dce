import { setTimeout as sleep } from "node:timers/promises";
import { isPassing } from "../sdk/errors.ts";
import type { Context } from "./context.ts";
import { problemOf } from "./output/problem.ts";

const everyMs = 2000;

/**
 * Looks until it succeeds, for commands that run until a person ends them: a restart of the server is no reason to. With
 * `until`, a reading of `performance.now()`, the first failure after it is the last.
 */
export async function keepTrying<T>(
  { output, settings, signal }: Context,
  look: () => Promise<T>,
  until = Number.POSITIVE_INFINITY,
): Promise<T> {
  for (let isTold = false; ; isTold = true) {
    try {
      return await look();
    } catch (error) {
      if (!isPassing(error) || performance.now() >= until) throw error;
      if (!isTold) output.note(`${problemOf(error, settings).error} Trying again until it answers.`);
    }
    await sleep(Math.max(0, Math.min(everyMs, until - performance.now())), undefined, { signal });
  }
}
