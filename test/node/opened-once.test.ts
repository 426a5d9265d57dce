import { expect, it } from "vitest";
import { openedOnce } from "../../src/local/opened-once.ts";

it("is opened once for all who ask, and again only where it failed", async () => {
  let times = 0;
  const opened = openedOnce(async () => {
    times += 1;
    await Promise.resolve();
    if (times === 1) throw new Error("not yet");
    return times;
  });
  expect(await Promise.allSettled([opened(), opened()])).toMatchObject([
    { status: "rejected" },
    { status: "rejected" },
  ]);
  expect(await Promise.all([opened(), opened()])).toEqual([2, 2]);
  expect(await opened()).toBe(2);
});
