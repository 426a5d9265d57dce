import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const root = resolve(import.meta.dirname, "../..");
const unlimited = (namespace_id: string) => ({
  namespace_id,
  simple: { limit: 1_000_000_000, period: 60 as const },
});

/** The product in workerd, with its real database and queues, that can be killed and started again. */
export type WebhookSystem = {
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Lets this much time pass for everything that is kept, and lets the cron fire. */
  later(ms: number): Promise<void>;
  cron(): Promise<void>;
  /** Kills the process as an operating system would, and starts it again on what it left behind. */
  killAndRestart(): Promise<void>;
  /** Everything that was printed. */
  output(): string;
  close(): Promise<void>;
};

/** Starts the system with an account of its own, in whose name `api` speaks. */
export async function startWebhookSystem(): Promise<WebhookSystem> {
  const folder = mkdtempSync(join(tmpdir(), "behalf-webhooks-"));
  const secret = () => randomBytes(32).toString("base64");
  const secrets = { BETTER_AUTH_SECRET: secret(), SEALING_KEY: secret() };
  const worker = await bundle();
  let printed = "";
  let running = await start();
  await migrate(running.miniflare);
  const token = await signUp();

  async function start() {
    const others = new Set(await children());
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        resourcePersistencePath: join(folder, "state"),
        handleRuntimeStdio: (stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) => {
          for (const stream of [stdout, stderr]) stream.on("data", (chunk) => (printed += String(chunk)));
        },
        workers: [
          {
            name: "behalfid",
            modules: [{ type: "ESModule", path: "worker.js", contents: worker }],
            compatibilityDate: "2026-10-23",
            compatibilityFlags: ["nodejs_compat", "queue_consumer_no_wait_for_wait_until"],
            bindings: {
              ENVIRONMENT: "local",
              PUBLIC_URL: "http://localhost:1",
              SIGNUP_MODE: "open",
              MAIL_FROM: "",
              DOH_URL: "",
              ...secrets,
            },
            d1Databases: { DB: "webhooks" },
            durableObjects: {
              GATE: { className: "Gate", useSQLite: true },
              LEDGER: { className: "Ledger", useSQLite: true },
              FEED: { className: "Feed", useSQLite: true },
            },
            queueProducers: { EVENTS: "behalfid-events", DELIVERIES: "behalfid-deliveries" },
            queueConsumers: {
              "behalfid-events": { maxBatchSize: 100, maxBatchTimeout: 0, maxRetries: 10 },
              "behalfid-deliveries": { maxBatchSize: 5, maxBatchTimeout: 0, maxRetries: 3 },
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
    const pids = (await children()).filter((pid) => !others.has(pid));
    return { miniflare, pids, url: await miniflare.unsafeGetDirectURL("behalfid") };
  }

  async function call(path: string, method: string, headers: Record<string, string>, body: unknown) {
    return fetch(new URL(path, running.url), {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async function signUp(): Promise<string> {
    const person = { email: "owner@example.com", password: "correct horse battery staple" };
    const signedUp = await call("/api/auth/signup", "POST", {}, person);
    const cookie = signedUp.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    const headers = { Cookie: cookie, Origin: "http://localhost:1" };
    const made = await call("/api/dashboard/tokens", "POST", headers, { name: "test" });
    return ((await made.json()) as { token: string }).token;
  }

  async function cron(): Promise<void> {
    const { outcome } = await (
      await running.miniflare.getWorker("behalfid")
    ).scheduled({ cron: "* * * * *" });
    if (outcome !== "ok") throw new Error(`The cron ended with ${outcome}.`);
  }

  return {
    cron,
    api: async <T>(method: string, path: string, body?: unknown) => {
      const answer = await call(path, method, { "X-Developer-Token": token }, body);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return JSON.parse(text) as T;
    },
    later: async (ms) => {
      const db = await running.miniflare.getD1Database("DB");
      await db.batch([
        db
          .prepare(
            `UPDATE deliveries SET next_attempt_at = next_attempt_at - ?1, queued_at = queued_at - ?1,
               lease_until = lease_until - ?1`,
          )
          .bind(ms),
        db.prepare("UPDATE webhooks SET slow_until = slow_until - ?1").bind(ms),
        db.prepare("UPDATE events SET created_at = created_at - ?1").bind(ms),
      ]);
      await cron();
    },
    killAndRestart: async () => {
      for (const pid of running.pids) process.kill(pid, "SIGKILL");
      await running.miniflare.dispose().catch(() => undefined);
      running = await start();
    },
    output: () => printed,
    close: async () => {
      await running.miniflare.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "src/worker.ts")],
    write: false,
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "error",
  });
  return outputFiles.map(({ text }) => text).join("");
}

async function migrate(miniflare: Miniflare): Promise<void> {
  const db = await miniflare.getD1Database("DB");
  const files = (await readdir(join(root, "migrations"))).filter((name) => name.endsWith(".sql"));
  for (const file of files.toSorted()) {
    const statements = readFileSync(join(root, "migrations", file), "utf8").split("--> statement-breakpoint");
    await db.batch(statements.map((statement) => db.prepare(statement)));
  }
}

/** The workerd processes that this process has started. */
async function children(): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const [, name, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(stat) ?? [];
    if (name === "workerd" && Number(parent) === process.pid) found.push(Number(pid));
  }
  return found;
}

/** Waits until something is so, and fails when it takes longer than `ms`. */
export async function until(isSo: () => boolean | Promise<boolean>, ms: number, what: string): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not within ${ms} ms: ${what}`);
    await sleep(20);
  }
}
