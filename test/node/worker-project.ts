import { randomBytes, randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import type { Plugin } from "vite";
import type { ProvidedContext } from "vitest";
import type { UserWorkspaceConfig } from "vitest/config";

const secret = () => randomBytes(32).toString("base64");

/** Tests that run in workerd, beside the Worker and with real D1, objects and queues. */
export function workerProject(
  test: NonNullable<UserWorkspaceConfig["test"]>,
  plugins: Plugin[] = [],
): UserWorkspaceConfig {
  return {
    plugins: [
      ...plugins,
      cloudflareTest(async () => ({
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          bindings: {
            ENVIRONMENT: "test",
            PUBLIC_URL: "http://localhost:8787",
            BETTER_AUTH_SECRET: secret(),
            SEALING_KEY: secret(),
            TEST_MIGRATIONS: existsSync("migrations") ? await readD1Migrations("migrations") : [],
          },
        },
      })),
    ],
    test: {
      // A loaded machine is slow; a test that hangs is still told from one that waits.
      testTimeout: 30_000,
      hookTimeout: 60_000,
      // Half of the time of a file went into loading the Worker anew. Each test brings accounts of its own.
      isolate: false,
      setupFiles: ["test/support/setup.ts"],
      ...test,
    },
  };
}

/** How the model of the loop is searched: from anywhere, for so many seconds, unless the environment says otherwise. */
export function modelSearch({
  seconds,
  mutant,
}: {
  seconds: number;
  mutant?: string;
}): ProvidedContext["model"] {
  const { BEHALF_MODEL_SEED, BEHALF_MODEL_PATH, BEHALF_MODEL_RUNS, BEHALF_MODEL_SECONDS } = process.env;
  return {
    seed: Number(BEHALF_MODEL_SEED ?? randomInt(2 ** 31)),
    runs: Number(BEHALF_MODEL_RUNS ?? 100),
    // Whoever says how many stories they want waits for them.
    seconds: Number(BEHALF_MODEL_SECONDS ?? (BEHALF_MODEL_RUNS === undefined ? seconds : 3600)),
    ...(BEHALF_MODEL_PATH === undefined ? {} : { path: BEHALF_MODEL_PATH }),
    ...(mutant === undefined ? {} : { mutant }),
  };
}
