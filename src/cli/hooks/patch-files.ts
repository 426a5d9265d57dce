import { NoDecision } from "./no-decision.ts";

// Looser than any reader of patches, so that none finds a file here that this does not.
const header = /^[ \t*]*(?:add|update|delete|move|rename)[ \t]*(?:file|to)?[ \t]*:/i;
const before = /^[\s\p{C}\p{Z}]+/u;
// What Codex takes off around a name: Unicode's white space. JavaScript's own trim leaves U+0085, and takes U+FEFF.
const around = /^\p{White_Space}+|\p{White_Space}+$/gu;
const maxFiles = 40;
const maxHeaderCharacters = 5000;

/** Every file that a patch in Codex' format touches. Throws NoDecision where there is none to be found. */
export function filesOfPatch(patch: string): string[] {
  const files = new Set<string>();
  // A line ends with a line feed. What follows a carriage return is another line to some, and to Codex part of a name.
  const lines = patch.split("\n").flatMap((line) => [line, ...line.split("\r").slice(1)]);
  for (const path of lines.map(pathIn)) if (path !== "") files.add(path);
  if (files.size === 0) throw new NoDecision("The patch names no file.");
  if (files.size > maxFiles)
    throw new NoDecision(`The patch touches more than ${maxFiles} files.`, "Split it into smaller ones.");
  return [...files];
}

function pathIn(line: string): string {
  const text = line.replace(before, "");
  const found = text.startsWith("***") ? header.exec(text.slice(0, maxHeaderCharacters)) : null;
  if (found === null) return "";
  if (text.length > maxHeaderCharacters) throw new NoDecision("The patch has a header that is too long.");
  const path = text.slice(found[0].length).replace(around, "");
  // ATTACK: `ok.txt\r/../.mcp.json` is written as `.mcp.json`, and is `ok.txt` to whoever ends the line at the return.
  if (/\p{Cc}/u.test(path)) throw new NoDecision("The patch has a control character in a file's name.");
  return path;
}
