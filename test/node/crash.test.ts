import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { root } from "./running-system.ts";

// The long one is `npm run test:crash`. Its seed is random, and printed; this one does the same thing every time.
it("keeps every promise while the whole system is killed under load", { timeout: 600_000 }, async () => {
  const args = [join(root, "test/crash/crash.ts"), "--rounds", "1", "--hasten", "--seed", "20260101"];
  const run = await promisify(execFile)(process.execPath, args, { cwd: root }).catch(
    (error: unknown) => error,
  );
  // What is broken is said there.
  expect(run).toMatchObject({ stderr: "", stdout: expect.stringContaining("no event is repeated") });
  expect(run).not.toHaveProperty("code");
});
