import { expect, test } from "vitest";
import { Pace } from "../../src/ledger/pace.ts";

test("so many are taken in a minute, and the next one says how long to wait", () => {
  const pace = new Pace(3);
  const start = 1_800_000_000_000;
  expect([0, 10, 20].map((ms) => pace.wait(start + ms))).toEqual([0, 0, 0]);
  expect(pace.wait(start + 30)).toBe(59_970);
  expect(pace.wait(start + 59_999)).toBe(1);
  expect(pace.wait(start + 60_000)).toBe(0);
});

test("a clock that jumps back holds nobody up for long", () => {
  const pace = new Pace(1);
  expect(pace.wait(1_800_000_000_000)).toBe(0);
  expect(pace.wait(1_700_000_000_000)).toBe(0);
});
