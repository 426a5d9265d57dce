import fc from "fast-check";
import { beforeAll, expect, inject, it } from "vitest";
import { anyClients, historyOf } from "./grant-history.ts";
import { knownStories } from "./known-stories.ts";
import { statesAfter } from "./linearize.ts";
import { noTally, play } from "./play.ts";
import { newAgentState } from "./reference-state.ts";
import { searchForBreach } from "./search.ts";
import { type Account, muteTheDead, newAccount, newAgent } from "./world.ts";

const { seed, path, runs, seconds } = inject("model");
const hours = 3_600_000;

let ada: Account;
let bob: Account;
beforeAll(async () => {
  muteTheDead();
  ada = await newAccount();
  bob = await newAccount();
});

it.each(knownStories)("$name", async ({ story }) => {
  await expect(play([ada, bob], story, noTally())).resolves.toContain("Round 1, by turns:");
});

it(
  "keeps its promises through whatever happens",
  async () => {
    const search = { seed, path, runs, forMs: seconds * 1000, isShrunk: true };
    const { tally, stories, broken } = await searchForBreach([ada, bob], search);
    console.log(`The model, from seed ${seed}: ${stories} stories, ${JSON.stringify(tally)}`);
    expect(broken, broken).toBeUndefined();
    // The stories were not too dull to break anything.
    expect(tally.spent).toBeGreaterThanOrEqual(Math.floor(stories / 20));
    expect(tally.lost).toBeLessThan(tally.calls / 2 + 5);
  },
  hours,
);

it(
  "answers clients at the same time as if one had come after the other",
  async () => {
    let overlapping = 0;
    let spent = 0;
    const details = await fc.check(
      fc.asyncProperty(anyClients, async (moves) => {
        const agent = await newAgent(ada, "Racer");
        const history = await historyOf(agent, moves);
        const isAmid = ({ start }: (typeof history)[number]) =>
          history.some((other) => other.start < start && other.end > start);
        overlapping += history.filter(isAmid).length;
        spent += history.filter(({ seen }) => seen.kind === "allowed" && !seen.isReplay).length;
        if (statesAfter([newAgentState(agent.permissions)], history).length > 0) return;
        throw new Error(history.map((call) => JSON.stringify(call)).join("\n"));
      }),
      { seed, numRuns: Math.ceil(runs / 12), endOnFailure: true },
    );
    expect(details.errorInstance, `From seed ${seed}, no order is possible of this.`).toBeNull();
    expect(overlapping).toBeGreaterThan(0);
    expect(spent).toBeGreaterThan(0);
  },
  hours,
);
