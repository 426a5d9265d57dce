import { lstatSync } from "node:fs";
import { resolve } from "node:path";

/**
 * How a search through the contents of a path is asked for: with a slash at its end, which stands for all that is below
 * it, unless it is one file. What is missing counts as a folder, because it can be one when the search begins, and so does
 * a link, because it can lead to another place by then.
 */
export function searchedPath(path: string, cwd: string): string {
  return /[\\/]$/.test(path) || isOneFile(path, cwd) ? path : `${path}/`;
}

function isOneFile(path: string, cwd: string): boolean {
  if (hasOtherSpelling(path)) return false;
  try {
    return lstatSync(resolve(cwd, path)).isFile();
  } catch {
    return false;
  }
}

// ATTACK: a file is laid where the disk has such a path, and the tool searches the folder that it takes it for: the home
// for `~`, another drive for `/c/`, the same name in another Unicode form.
function hasOtherSpelling(path: string): boolean {
  const isForeign = process.platform === "win32" ? path.startsWith("/") : path.includes("\\");
  return isForeign || path.startsWith("~") || path !== path.normalize("NFC");
}
