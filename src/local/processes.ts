import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export type LocalProcess = {
  name: string;
  logFile: string;
  child: ChildProcess;
  /** Resolves with a sentence when the process has ended, for whatever reason. */
  ended: Promise<string>;
};

export type LocalCommand = {
  name: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
};

const endWithParent = new URL("./end-with-parent.ts", import.meta.url).href;

/**
 * Starts a Node program in a process group of its own, so that all it starts can be ended with it. The group ends with
 * this process too, however that ends.
 */
export function startProcess({ name, args, cwd, env, logFile }: LocalCommand): LocalProcess {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(process.execPath, ["--import", endWithParent, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`${name} could not be started: ${error.message}`));
    child.once("exit", (code, signal) => resolve(`${name} ended (${signal ?? `exit ${code}`})`));
  });
  return { name, logFile, child, ended };
}

/** Ends every group: asks first, and after `patienceMs` kills what is left. */
export async function stopProcesses(processes: LocalProcess[], patienceMs = 5000): Promise<void> {
  await Promise.all(
    processes.map(async ({ child, ended }) => {
      if (child.pid === undefined) return;
      // Only the leader is asked: it closes its own children in order, so that SQLite is closed cleanly.
      signal(child.pid, "SIGTERM");
      await Promise.race([ended, sleep(patienceMs)]);
      for (let tries = 0; tries < 50 && signal(-child.pid, "SIGKILL"); tries++) await sleep(20);
    }),
  );
}

export function tailOf({ logFile }: { logFile: string }, lines = 40): string {
  return readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}
