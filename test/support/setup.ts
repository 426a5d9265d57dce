import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, vi } from "vitest";

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);

// The files of a process share one Worker, and with it the clock and the console.
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
