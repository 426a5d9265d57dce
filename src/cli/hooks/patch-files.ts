import { NoDecision } from "./no-decision.ts";

// Looser than any reader of patches, so that none finds a file here that this does not.
const header = /^[ \t*]*(?:add|update|delete|move|rename)[ \t]*(?:file|to)?[ \t]*:/i;
const maxFiles = 40;

/** Every file that a patch in Codex' format touches. Throws NoDecision where there is none to be found. */
export function filesOfPatch(patch: string): string[] {
  const files = new Set<string>();
  for (const line of patch.split(/[\r\n]/)) {
    const found = line.trimStart().startsWith("***") ? header.exec(line.trimStart()) : null;
    const path = found === null ? "" : line.trimStart().slice(found[0].length).trim();
    if (path !== "") files.add(path);
  }
  if (files.size === 0) throw new NoDecision("The patch names no file.");
  if (files.size > maxFiles)
    throw new NoDecision(`The patch touches more than ${maxFiles} files.`, "Split it into smaller ones.");
  return [...files];
}
