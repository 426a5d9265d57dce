import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { isFree } from "./free-port.ts";
import type { LocalProcess } from "./processes.ts";
import type { LocalState } from "./state.ts";

/** A failure that the user can do something about: printed as it is. */
export class StartError extends Error {}

const recordSchema = z.object({
  port: z.number(),
  /** Where the API answers alone, and where its crons can be fired. */
  apiPort: z.number(),
  pid: z.number(),
  /** The leaders of the process groups that it started. */
  groups: z.array(z.number()),
});
export type InstanceRecord = z.infer<typeof recordSchema>;

// Longer than the processes of an instance that was killed need to notice it.
const patienceMs = 5000;

const fileOf = (state: Pick<LocalState, "folder">) => join(state.folder, "running.json");

/** The instance that runs on this state, or that was killed on it. */
export function runningOn(state: Pick<LocalState, "folder">): InstanceRecord | undefined {
  const file = fileOf(state);
  if (!existsSync(file)) return undefined;
  try {
    return recordSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // Killed while it was being written.
    return undefined;
  }
}

/** Throws a StartError that says what is taken, the port or the state. Waits for what a killed instance left to end. */
export async function requireFree(state: LocalState, port: number): Promise<void> {
  const other = runningOn(state);
  if (other !== undefined && !isAlive(other.pid)) await endOf(other.groups);
  if (!(await isFree(port)))
    throw new StartError(`Port ${port} is in use. Choose another: PORT=${port + 1} npm start`);
  // Two instances on the same SQLite files would not see each other's writes.
  if (other !== undefined && (await isHealthy(`http://127.0.0.1:${other.port}/api/health`)))
    throw new StartError(
      `${state.folder} is used by the instance on port ${other.port}. Choose another: BEHALF_STATE_DIR=… npm start`,
    );
}

/** Writes down who runs on this state. */
export function keepRecord(state: LocalState, record: InstanceRecord): void {
  writeFileSync(fileOf(state), JSON.stringify(record));
}

/** Writes down one more process that this instance has started. */
export function addToRecord(state: LocalState, { child }: LocalProcess): void {
  const record = runningOn(state);
  if (record === undefined || child.pid === undefined) return;
  keepRecord(state, { ...record, groups: [...record.groups, child.pid] });
}

/** Takes the record away. */
export function forgetRecord(state: LocalState): void {
  rmSync(fileOf(state), { force: true });
}

export async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

// Gives up in silence: a number that another program has by now is no reason not to start.
async function endOf(groups: readonly number[]): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (groups.some((group) => isAlive(-group)) && Date.now() < deadline) await sleep(50);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
