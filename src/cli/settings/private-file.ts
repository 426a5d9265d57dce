import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../failure.ts";

export type Entries = Record<string, string>;

/** The entries of a file that only its owner may read. None when there is no file. */
export function readEntries(file: string): Entries {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isAbsent(error)) return {};
    throw new UserError(`${file} cannot be read.`, `Look at who owns it: ls -l ${file}`);
  }
  const value = valueOf(text);
  const isEntries =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((entry) => typeof entry === "string");
  if (!isEntries) throw new UserError(`${file} is damaged.`, "Start over with: behalf config clear");
  return value as Entries;
}

/**
 * Writes the entries for their owner's eyes only. The file is replaced in one step: whoever interrupts this leaves
 * the old one or the new one, and a file that others could open never held what is secret.
 */
export function writeEntries(file: string, entries: Entries): void {
  const folder = dirname(file);
  const draft = `${file}.${crypto.randomUUID()}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    writeFileSync(draft, `${JSON.stringify(entries, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(draft, file);
  } catch {
    rmSync(draft, { force: true });
    throw new UserError(`${file} cannot be written.`, `Look at who owns it: ls -ld ${folder}`);
  }
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
