import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { migrate } from "../../src/local/migrations.ts";

const root = resolve(import.meta.dirname, "../..");

/** The product in workerd, with its real bindings, reached over a socket of its own: no proxy in between. */
export type WorkerProcess = { miniflare: Miniflare; url: URL; pids: number[] };

export type WorkerSetUp = {
  /** The Worker, as `bundledWorker` gives it. */
  worker: string;
  /** Where it keeps what it stores. */
  folder: string;
  secrets?: { BETTER_AUTH_SECRET: string; SEALING_KEY: string };
  publicUrl: string;
  /** 0 for one that is free. */
  port?: number;
  /** How many keys that open nothing one address may send in a minute. */
  failedKeys?: number;
  /** Classes of objects beside the product's, by the name of their binding. */
  objects?: Record<string, string>;
  /** Whether its isolate can be inspected, which makes it slower. */
  isInspected?: boolean;
  onOutput?: (text: string) => void;
};

/** Secrets that nobody knows. */
export function newSecrets(): NonNullable<WorkerSetUp["secrets"]> {
  const secret = () => randomBytes(32).toString("base64");
  return { BETTER_AUTH_SECRET: secret(), SEALING_KEY: secret() };
}

const limit = (namespace_id: string, limit = 1_000_000_000) => ({
  namespace_id,
  simple: { limit, period: 60 as const },
});

/** Starts the Worker on what is in its folder, with a database that is up to date. */
export async function startWorker({
  worker,
  folder,
  secrets = newSecrets(),
  publicUrl,
  port = 0,
  failedKeys,
  objects = {},
  isInspected = false,
  onOutput = () => undefined,
}: WorkerSetUp): Promise<WorkerProcess> {
  const others = new Set(await workerdChildren());
  const classes = { GATE: "Gate", LEDGER: "Ledger", FEED: "Feed", ...objects };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      resourcePersistencePath: join(folder, "state"),
      ...(isInspected ? { inspectorPort: 0 } : {}),
      handleRuntimeStdio: (stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) => {
        for (const stream of [stdout, stderr]) stream.on("data", (chunk) => onOutput(String(chunk)));
      },
      workers: [
        {
          name: "behalfid",
          modules: [{ type: "ESModule", path: "worker.js", contents: worker }],
          compatibilityDate: "2026-10-23",
          compatibilityFlags: ["nodejs_compat", "queue_consumer_no_wait_for_wait_until"],
          bindings: {
            ENVIRONMENT: "local",
            PUBLIC_URL: publicUrl,
            SIGNUP_MODE: "open",
            MAIL_FROM: "",
            DOH_URL: "",
            ...secrets,
          },
          d1Databases: { DB: "behalfid" },
          durableObjects: Object.fromEntries(
            Object.entries(classes).map(([name, className]) => [name, { className, useSQLite: true }]),
          ),
          queueProducers: { EVENTS: "behalfid-events", DELIVERIES: "behalfid-deliveries" },
          queueConsumers: {
            "behalfid-events": { maxBatchSize: 100, maxBatchTimeout: 0, maxRetries: 10 },
            "behalfid-deliveries": { maxBatchSize: 5, maxBatchTimeout: 0, maxRetries: 3 },
          },
          ratelimits: {
            SIGN_IN_LIMIT: limit("2"),
            FAILED_KEY_LIMIT: limit("3", failedKeys),
            ADDRESS_LIMIT: limit("4"),
          },
          unsafeDirectSockets: [{ host: "127.0.0.1", port }],
        },
      ],
    }),
  );
  await miniflare.ready;
  await migrate(miniflare, join(root, "migrations"));
  const pids = (await workerdChildren()).filter((pid) => !others.has(pid));
  return { miniflare, pids, url: await miniflare.unsafeGetDirectURL("behalfid") };
}

/** The modules of a Worker, the product's if not told otherwise, as one text. */
export async function bundledWorker(entry = "src/worker.ts"): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "error",
  });
  return outputFiles.map(({ text }) => text).join("");
}

/** The workerd processes that this process has started. */
async function workerdChildren(): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const [, name, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(stat) ?? [];
    if (name === "workerd" && Number(parent) === process.pid) found.push(Number(pid));
  }
  return found;
}
