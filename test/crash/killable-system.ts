import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fireCrons } from "../../src/local/crons.ts";
import { freePort } from "../../src/local/free-port.ts";
import { isRunning, runningOn } from "../../src/local/instance.ts";

const root = resolve(import.meta.dirname, "../..");

/** `everything`: each process at once, as when a machine dies. `start script`: that one alone, as when a shell dies. */
export type Blow = "everything" | "start script";

/** What `npm start` starts, on a port and a state folder that stay the same over all its lives. */
export type KillableSystem = {
  baseUrl: string;
  stateDir: string;
  /** Starts it. Resolves when it is ready. */
  start(): Promise<void>;
  /** Starts it and resolves at once. */
  begin(): void;
  kill(blow: Blow): Promise<void>;
  /** Lets the clock's work run now. */
  fireCron(): Promise<void>;
  /** Ends it in order. */
  stop(): Promise<void>;
  forget(): void;
};

const readyMs = 180_000;
const endMs = 10_000;

export async function killableSystem(): Promise<KillableSystem> {
  const stateDir = mkdtempSync(join(tmpdir(), "behalf-crash-"));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let output = "";

  function begin(): void {
    output = "";
    child = spawn(process.execPath, [join(root, "src/local/start.ts")], {
      cwd: root,
      env: { ...process.env, PORT: String(port), BEHALF_STATE_DIR: stateDir, npm_lifecycle_event: "" },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }

  async function start(): Promise<void> {
    begin();
    const deadline = Date.now() + readyMs;
    while (!output.includes("Ready on")) {
      if (hasEnded(child) || Date.now() > deadline) throw new Error(`It did not start.\n${output}`);
      await sleep(20);
    }
  }

  return {
    baseUrl: `http://localhost:${port}`,
    stateDir,
    start,
    begin,
    kill: async (blow) => {
      const record = runningOn({ folder: stateDir });
      const ended = child && endOf(child);
      // The parent first: it must not get to write or to end anything.
      child?.kill("SIGKILL");
      if (blow === "everything") for (const group of record?.groups ?? []) kill(-group);
      await ended;
      // What was begun between reading the record and killing its writer ends by itself.
      await gone([...(record?.groups ?? []), ...(runningOn({ folder: stateDir })?.groups ?? [])]);
    },
    fireCron: async () => {
      if (child === undefined || !(await fireCrons(child))) throw new Error(`The crons failed.\n${output}`);
    },
    stop: async () => {
      if (child === undefined || hasEnded(child)) return;
      const ended = endOf(child);
      child.kill("SIGTERM");
      await ended;
    },
    forget: () => rmSync(stateDir, { recursive: true, force: true }),
  };
}

function hasEnded(child: ChildProcess | undefined): boolean {
  return child === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function endOf(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  await new Promise((resolve) => child.once("exit", resolve));
}

async function gone(groups: readonly number[]): Promise<void> {
  const deadline = Date.now() + endMs;
  for (const group of groups)
    while (isRunning(group)) {
      if (Date.now() > deadline) throw new Error(`The processes of group ${group} outlived the kill.`);
      await sleep(10);
    }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
