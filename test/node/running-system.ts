import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../../src/local/free-port.ts";

export const root = resolve(import.meta.dirname, "../..");

export type RunningSystem = { baseUrl: string; port: number; stateDir: string; stop: () => Promise<void> };

/** What `npm start` starts, on a port and a state folder of its own. */
export async function startSystem(env: Record<string, string> = {}): Promise<RunningSystem> {
  const stateDir = mkdtempSync(join(tmpdir(), "behalf-test-"));
  const port = await freePort();
  const server = spawn(process.execPath, [join(root, "src/local/start.ts")], {
    cwd: root,
    env: { ...process.env, PORT: String(port), BEHALF_STATE_DIR: stateDir, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  server.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(server, "exit");
  await Promise.race([
    once(server.stdout, "data"),
    ended.then(() => Promise.reject(new Error(`The system did not start: ${errors}`))),
  ]);
  return {
    baseUrl: `http://localhost:${port}`,
    port,
    stateDir,
    stop: async () => {
      server.kill("SIGTERM");
      await ended;
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
