import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../failure.ts";

/** A file's text, to the byte. Undefined when there is no file. */
export function readProjectFile(path: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new UserError(`${path} cannot be read.`, `Look at who owns it: ls -l ${path}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UserError(`${path} is not UTF-8 text.`, "Save it as UTF-8 and run this again.");
  }
}

/** Writes a file in one step, with the rights that it had. Without a text, the file goes. */
export function writeProjectFile(path: string, text: string | undefined): void {
  let draft: string | undefined;
  try {
    if (text === undefined) {
      rmSync(path);
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    // Through a link, so that it stays one.
    const existing = statSync(path, { throwIfNoEntry: false });
    const target = existing === undefined ? path : realpathSync(path);
    draft = `${target}.${randomBytes(6).toString("hex")}`;
    writeFileSync(draft, text, { flag: "wx", mode: existing === undefined ? 0o644 : existing.mode & 0o777 });
    renameSync(draft, target);
  } catch {
    if (draft !== undefined) rmSync(draft, { force: true });
    throw new UserError(`${path} cannot be written.`, `Look at who owns it: ls -ld ${dirname(path)}`);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
