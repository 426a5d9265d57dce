import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { migrate } from "../../src/local/migrations.ts";

const root = resolve(import.meta.dirname, "../..");
const unlimited = (namespace_id: string) => ({
  namespace_id,
  simple: { limit: 1_000_000_000, period: 60 as const },
});

export type BenchSystem = {
  url: URL;
  db: D1Database;
  /** Where the isolate of an inspected system is inspected: that of the Worker and all of its objects. */
  inspector: () => Promise<URL>;
  close: () => Promise<void>;
};

/**
 * The product in workerd with its real bindings, reached over a socket of its own: no proxy in between. What is
 * inspected is slower, so only its memory is looked at.
 */
export async function startSystem({ isInspected = false } = {}): Promise<BenchSystem> {
  const folder = mkdtempSync(join(tmpdir(), "behalf-bench-"));
  const { outputFiles } = await build({
    entryPoints: [join(root, "test/bench/bench-worker.ts")],
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".json": "json" },
    logLevel: "error",
  });
  const bundle = outputFiles.map(({ text }) => text).join("");
  const secret = () => randomBytes(32).toString("base64");
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      resourcePersistencePath: join(folder, "state"),
      ...(isInspected ? { inspectorPort: 0 } : {}),
      workers: [
        {
          name: "behalfid",
          modules: [{ type: "ESModule", path: "worker.js", contents: bundle }],
          compatibilityDate: "2026-10-23",
          compatibilityFlags: ["nodejs_compat", "queue_consumer_no_wait_for_wait_until"],
          bindings: {
            ENVIRONMENT: "local",
            PUBLIC_URL: "http://localhost",
            SIGNUP_MODE: "open",
            MAIL_FROM: "",
            DOH_URL: "",
            BETTER_AUTH_SECRET: secret(),
            SEALING_KEY: secret(),
          },
          d1Databases: { DB: "bench" },
          durableObjects: {
            GATE: { className: "Gate", useSQLite: true },
            LEDGER: { className: "Ledger", useSQLite: true },
            FEED: { className: "Feed", useSQLite: true },
            FLOOR: { className: "Floor", useSQLite: true },
          },
          queueProducers: { EVENTS: "events", DELIVERIES: "deliveries" },
          queueConsumers: {
            events: { maxBatchSize: 100, maxBatchTimeout: 0 },
            deliveries: { maxBatchSize: 5, maxBatchTimeout: 0 },
          },
          ratelimits: {
            SIGN_IN_LIMIT: unlimited("2"),
            FAILED_KEY_LIMIT: unlimited("3"),
            ADDRESS_LIMIT: unlimited("4"),
          },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  await migrate(miniflare, join(root, "migrations"));
  return {
    url: await miniflare.unsafeGetDirectURL("behalfid"),
    db: await miniflare.getD1Database("DB"),
    inspector: async () => new URL("/core:user:behalfid", await miniflare.getInspectorURL()),
    close: async () => {
      await miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
