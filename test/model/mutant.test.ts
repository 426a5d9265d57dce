import { expect, inject, it } from "vitest";
import { searchForBreach } from "./search.ts";
import { muteTheDead, newAccount } from "./world.ts";

it("the bug that was planted is found", async () => {
  const { seed, seconds, mutant } = inject("model");
  muteTheDead();
  const accounts = await Promise.all([newAccount(), newAccount()]);
  const search = { seed, runs: 10_000, forMs: seconds * 1000, isShrunk: false };
  const { broken, stories, tally } = await searchForBreach(accounts, search);
  console.log(`${mutant ?? ""}: ${stories} stories, ${tally.calls} calls\n${broken ?? "not found"}`);
  // By its effects, not by a failure of the test itself.
  expect(broken).toContain("✗");
}, 600_000);
