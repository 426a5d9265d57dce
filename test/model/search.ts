import fc from "fast-check";
import { anyStory } from "./deeds.ts";
import { noTally, play, type Tally } from "./play.ts";
import { BrokenPromise } from "./stage.ts";
import type { Account } from "./world.ts";

export type Search = {
  seed: number;
  path?: string | undefined;
  runs: number;
  /** How long to look, in milliseconds. What is found by then is made smaller for as long again at most. */
  forMs: number;
  /** Whether what is found is made smaller. */
  isShrunk: boolean;
};

export type Found = { tally: Tally; stories: number; broken: string | undefined };

/** Plays stories until one breaks a promise; says the shortest one that was found to, as a script to read and rerun. */
export async function searchForBreach(
  accounts: readonly Account[],
  { seed, path, runs, forMs, isShrunk }: Search,
): Promise<Found> {
  const tally = noTally();
  const began = performance.now();
  let played = 0;
  // Measured here, because the clock that fast-check would look at is under the stories' control.
  const isTime = (isShrinking: boolean) => performance.now() - began < forMs * (isShrinking ? 2 : 1);
  let hasFailed = false;
  const property = fc.asyncProperty(anyStory, async (story) => {
    if (!isTime(hasFailed)) return;
    played += 1;
    try {
      await play(accounts, story, tally);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  });
  const details = await fc.check(property, {
    seed,
    ...(path === undefined
      ? { numRuns: runs, endOnFailure: !isShrunk }
      : { path, numRuns: 1, endOnFailure: true }),
  });
  const { failed, counterexamplePath, errorInstance, numShrinks } = details;
  if (!failed) return { tally, stories: played, broken: undefined };
  const reason = errorInstance instanceof BrokenPromise ? errorInstance.message : String(errorInstance);
  const broken = [
    `A promise is broken (story ${played - numShrinks}, made smaller ${numShrinks} times):`,
    reason,
    "Play it again with:",
    `  BEHALF_MODEL_SEED=${details.seed} BEHALF_MODEL_PATH=${counterexamplePath ?? ""} npx vitest run --project worker test/model/loop.test.ts`,
  ];
  return { tally, stories: played, broken: broken.join("\n") };
}
