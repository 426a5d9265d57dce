import { setTimeout as sleep } from "node:timers/promises";
import { BehalfError } from "../sdk/errors.ts";
import type { Context } from "./context.ts";
import { problemOf } from "./output/problem.ts";

const everyMs = 2000;

/** Whether the next attempt may go better: a lost connection, a restart, too many polls. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof BehalfError)) return false;
  return (
    error.code === "NETWORK_ERROR" || error.code === "TIMEOUT" || error.status === 429 || error.status === 503
  );
}

/** Looks until it succeeds, for commands that run until a person ends them: a restart of the server is no reason to. */
export async function keepTrying<T>(
  { output, settings, signal }: Context,
  look: () => Promise<T>,
): Promise<T> {
  for (let isTold = false; ; isTold = true) {
    try {
      return await look();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (!isTold) output.note(`${problemOf(error, settings).error} Trying again until it answers.`);
    }
    await sleep(everyMs, undefined, { signal });
  }
}
