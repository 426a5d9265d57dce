import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundledWorker, newSecrets, startWorker } from "./worker-process.ts";

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
  const secrets = newSecrets();
  const worker = await bundledWorker();
  let printed = "";
  let running = await start();
  const token = await signUp();

  function start() {
    const onOutput = (text: string) => (printed += text);
    return startWorker({ worker, folder, secrets, publicUrl: "http://localhost:1", onOutput });
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

/** Waits until something is so, and fails when it takes longer than `ms`. */
export async function until(isSo: () => boolean | Promise<boolean>, ms: number, what: string): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not within ${ms} ms: ${what}`);
    await sleep(20);
  }
}
