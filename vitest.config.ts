import { defineConfig } from "vitest/config";
import { ProjectOrder } from "./test/node/project-order.ts";
import { modelSearch, workerProject } from "./test/node/worker-project.ts";

export default defineConfig({
  test: {
    // The default leaves a core free, and most of a test here waits: for a browser, for a process, for a clock.
    maxWorkers: 3,
    sequence: { sequencer: ProjectOrder },
    projects: [
      workerProject({
        name: "worker",
        include: ["test/**/*.test.ts"],
        exclude: ["test/{node,decision,bench,e2e}/**", "test/model/mutant.test.ts"],
        globalSetup: ["test/node/webhook-receiver.ts"],
        provide: { model: modelSearch({ seconds: 10 }), fuzzMs: Number(process.env.BEHALF_FUZZ_MS ?? 75) },
      }),
      {
        test: {
          name: "node",
          include: ["test/{node,decision}/**/*.test.ts"],
          exclude: ["**/*.clients.test.ts"],
          isolate: false,
          globalSetup: ["test/node/system-on-demand.ts", "test/node/built-program.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "clients",
          include: ["test/node/**/*.clients.test.ts"],
          globalSetup: ["test/node/system-on-demand.ts", "test/node/built-program.ts"],
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
