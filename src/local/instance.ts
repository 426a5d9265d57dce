import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { LocalProcess } from "./processes.ts";
import type { LocalState } from "./state.ts";

/** A failure that the user can do something about: printed as it is. */
export class StartError extends Error {}

const recordSchema = z.object({
  port: z.number(),
  pid: z.number(),
  /** The leaders of the process groups that it started. */
  groups: z.array(z.number()),
});
export type InstanceRecord = z.infer<typeof recordSchema>;

type Folder = Pick<LocalState, "folder">;

// Longer than the processes of an instance that was killed need to notice it.
const patienceMs = 5000;
const sqliteBusy = 5;

const recordOf = ({ folder }: Folder) => join(folder, "running.json");

/**
 * Makes this process the only instance on a state, until it ends or lets go. The operating system holds the lock: it
 * goes with the process however that ends, stays while it hangs, and no process that it starts gets it. Throws a
 * StartError where another has it, with nothing in the folder read or changed.
 */
export function holdState({ folder }: Folder): { letGo: () => void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "instance.lock");
  // Only here: a process that closes a file loses its lock on it, and SQLite knows of no descriptor but its own.
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  // Of several that come at one moment each may be in another's way, so they try for a moment.
  const lock = new DatabaseSync(file, { timeout: 250 });
  try {
    lock.exec("PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: unknown }).errcode !== sqliteBusy) throw error;
    const other = runningOn({ folder });
    const user = other === undefined ? "another instance" : `the instance on port ${other.port}`;
    throw new StartError(`${folder} is used by ${user}. Choose another: BEHALF_STATE_DIR=… npm start`);
  }
  return { letGo: () => lock.close() };
}

/** The instance that runs on this state, or that was killed on it. */
export function runningOn(state: Folder): InstanceRecord | undefined {
  const file = recordOf(state);
  if (!existsSync(file)) return undefined;
  try {
    return recordSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // The machine went down before its content was on the disk, and every process with it.
    return undefined;
  }
}

/**
 * Waits for what an instance that was killed on this state left to end, and throws a StartError if that does not: two
 * servers on the same SQLite files would not see each other's writes. For whoever holds the state.
 */
export async function awaitLeftovers(state: Folder): Promise<void> {
  const groups = runningOn(state)?.groups ?? [];
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const running = groups.filter(isRunning);
    if (running.length === 0) return;
    if (Date.now() > deadline)
      throw new StartError(
        `${state.folder} is still used by process group ${running.join(", ")} of an instance that was killed. ` +
          `End it, or delete ${recordOf(state)} if it is another program's.`,
      );
    await sleep(50);
  }
}

/** Writes down who runs on this state. For whoever holds it. */
export function keepRecord(state: Folder, record: InstanceRecord): void {
  const file = recordOf(state);
  // In one step: others read it, and this process may be killed at any moment.
  writeFileSync(`${file}.new`, JSON.stringify(record));
  renameSync(`${file}.new`, file);
}

/** Writes down one more process that this instance has started. */
export function addToRecord(state: Folder, { child }: LocalProcess): void {
  const record = ownRecord(state);
  if (record === undefined || child.pid === undefined) return;
  keepRecord(state, { ...record, groups: [...record.groups, child.pid] });
}

/** Takes this instance's record away. */
export function forgetRecord(state: Folder): void {
  if (ownRecord(state) !== undefined) rmSync(recordOf(state), { force: true });
}

// Where the folder was deleted under a running instance, the record in it may be the next one's.
function ownRecord(state: Folder): InstanceRecord | undefined {
  const record = runningOn(state);
  return record?.pid === process.pid ? record : undefined;
}

/** Whether a process group has a member that runs. */
export function isRunning(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return process.platform !== "linux" || hasLivingMember(group);
}

// What is dead counts as a member until somebody asks how it ended, and in a container there may be nobody.
function hasLivingMember(group: number): boolean {
  return readdirSync("/proc").some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const [, state, memberOf] = /^.*\) (\S) \d+ (\d+) /s.exec(statOf(name)) ?? [];
    return Number(memberOf) === group && state !== "Z" && state !== "X";
  });
}

function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    // It has ended since.
    return "";
  }
}
