import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const secret = () => randomBytes(32).toString("base64");

export default defineConfig({
  test: {
    // The default leaves a core free, and most of a test here waits: for a browser, for a process, for a clock.
    maxWorkers: 2,
    projects: [
      {
        plugins: [
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
          name: "worker",
          // A loaded machine is slow; a test that hangs is still told from one that waits.
          testTimeout: 30_000,
          hookTimeout: 60_000,
          include: ["test/**/*.test.ts"],
          exclude: ["test/{node,decision,bench,e2e}/**"],
          setupFiles: ["test/support/setup.ts"],
          globalSetup: ["test/node/webhook-receiver.ts"],
        },
      },
      {
        test: {
          name: "node",
          include: ["test/{node,decision}/**/*.test.ts"],
          globalSetup: ["test/node/system-on-demand.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/unpacked-browser.ts", "test/node/system-on-demand.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
