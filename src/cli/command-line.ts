import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, resolve } from "node:path";
import { UserError } from "./failure.ts";

const plain = /^[\w@%+=:,./-]+$/;

/** Arguments as one line that a POSIX shell would read back as exactly these. */
export function shellLine(argv: readonly string[]): string {
  return argv.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}

/**
 * The file that a program's name stands for, found now and once: what is looked up again later may be another file,
 * because someone put one earlier into the PATH while a person was deciding.
 */
export function executableOf(name: string, cwd: string, env: NodeJS.ProcessEnv): string {
  const isPath = name.includes("/") || (process.platform === "win32" && name.includes("\\"));
  const folders = isPath ? [cwd] : (env["PATH"] ?? env["Path"] ?? "").split(delimiter).filter(Boolean);
  const endings = process.platform === "win32" ? ["", ".exe", ".com"] : [""];
  for (const folder of folders)
    for (const ending of endings) {
      const file = resolve(isAbsolute(folder) ? folder : resolve(cwd, folder), name + ending);
      if (isExecutable(file)) return file;
    }
  throw new UserError(`${name} is not a program that can be run.`, "Nothing was asked and nothing ran.");
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
