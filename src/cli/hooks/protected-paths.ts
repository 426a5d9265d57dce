import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { fold } from "../../decision/fold.ts";

/** Where relative paths start, and where settings are kept. */
export type Places = { cwd: string; home: string; env: NodeJS.ProcessEnv };

// Folded, as they are compared. In every folder: a project has its own, and so has the home.
export const protectedNames = [
  ".claude",
  ".codex",
  ".cursor",
  ".behalf",
  ".behalf-state",
  ".mcp.json",
  ".claude.json",
].map(fold);
const agentFolders = protectedNames.slice(0, 3);
const systemFolders = [
  "/etc/claude-code",
  "/etc/codex",
  "/etc/cursor",
  "/Library/Application Support/ClaudeCode",
  "/Library/Application Support/Cursor",
  "C:/ProgramData/ClaudeCode",
  "C:/Program Files/ClaudeCode",
  "C:/ProgramData/Cursor",
];
const maxCharacters = 4096;

/**
 * Whether no agent may do that with a path, whatever it is permitted: write the settings that install its hook, those of
 * BehalfID or BehalfID itself, or read where BehalfID keeps what opens it. A search reads all that is below a folder. As
 * spelled and as the disk has it, through links; case, Unicode forms, trailing dots and both slashes compare alike, because
 * somewhere they are.
 */
export function isOffLimits(path: string, places: Places, use: "read" | "search" | "write"): boolean {
  if (path.length > maxCharacters || path.includes("\0")) return true;
  const absolute = new Set(
    [path, path.trim(), path.replaceAll("\\", "/")].map((spelling) => absolutePath(spelling, places)),
  );
  const off = folders(places);
  return [...absolute]
    .flatMap((each) => [each, onDisk(each)])
    .some((each) => {
      const segments = segmentsOf(each);
      const isSecret =
        segments.includes(stateFolder) ||
        off.secret.some((folder) => isWithin(segments, folder)) ||
        (use === "search" && off.searched.some((folder) => isWithin(folder, segments)));
      const isProtected = () =>
        isSetting(segments) || off.settings.some((folder) => isWithin(segments, folder));
      return isSecret || (use === "write" && isProtected());
    });
}

const stateFolder = fold(".behalf-state");
const worktrees = fold("worktrees");

function isSetting(all: readonly string[]): boolean {
  // The agents' own checkouts, whose settings are in a folder of their own again.
  const at = all.findLastIndex(
    (each, index) => all[index + 1] === worktrees && agentFolders.includes(each) && all.length > index + 2,
  );
  const segments = at === -1 ? all : all.slice(at + 3);
  return segments.some((each, index) => {
    const [next, last] = [segments[index + 1], segments[index + 2]];
    const isOurs = each === "NODE_MODULES" && (next === "BEHALF" || (next === ".BIN" && last === "BEHALF"));
    return isOurs || protectedNames.includes(each);
  });
}

/** `searched` are the secret ones that a search of a folder above them would read. */
type Folders = { secret: string[][]; searched: string[][]; settings: string[][] };
const known = new WeakMap<Places, Folders>();

function folders(places: Places): Folders {
  const made = known.get(places) ?? foldersOf(places);
  known.set(places, made);
  return made;
}

function foldersOf({ cwd, env, home }: Places): Folders {
  const named = (...variables: (string | undefined)[]) =>
    variables.flatMap((each) => (each === undefined || each === "" ? [] : [each]));
  const meant = (path: string) =>
    isAbsolute(path) ? [path, resolve(path)] : foldersAbove(cwd).map((start) => join(start, path));
  const spelled = (paths: readonly string[]) =>
    paths
      .flatMap((path) => [path, onDisk(path)])
      .map(segmentsOf)
      .filter((segments) => segments.length > 0);
  const secret = named(env["BEHALFID_HOME"] || join(home, ".behalf"), env["BEHALF_STATE_DIR"]);
  const settings = named(env["CLAUDE_CONFIG_DIR"], env["CODEX_HOME"]);
  return {
    secret: spelled(secret.flatMap(meant)),
    // Of the places that a relative path can mean, most do not exist.
    searched: spelled(
      secret.flatMap((path) =>
        isAbsolute(path) ? meant(path) : meant(path).filter((each) => existsSync(each)),
      ),
    ),
    settings: spelled([...systemFolders, ...settings.flatMap(meant)]),
  };
}

// A relative path starts where its variable was set, which a hook is not told: in the repository of the instance, say. That
// is where the agent works, where the hook was started, where this program is, or above one of them.
function foldersAbove(cwd: string): string[] {
  const all = new Set<string>();
  for (const start of [cwd, process.cwd(), dirname(resolve(process.argv[1] ?? "."))])
    for (let folder = start; !all.has(folder); folder = dirname(folder)) all.add(folder);
  return [...all];
}

function isWithin(segments: readonly string[], folder: readonly string[]): boolean {
  return folder.every((each, at) => segments[at] === each);
}

// Windows overlooks dots and spaces at the end of a name, and what is behind a colon names a part of the same file.
function segmentsOf(path: string): string[] {
  return path
    .split(/[\\/]/)
    .map((each) => fold(each.replace(/(?<=[^:]):.*$/, "").replace(/(?<=[^. ])[. ]{1,50}$/, "")))
    .filter((each) => each !== "");
}

function absolutePath(path: string, { cwd, home }: Places): string {
  if (path === "~" || path.startsWith("~/")) return join(home, path.slice(1));
  const local = path.replace(/^file:\/\/(?:localhost)?/i, "");
  return isAbsolute(local) ? resolve(local) : resolve(cwd, local);
}

/** The path with every link in it followed, as far as it exists. */
function onDisk(path: string): string {
  const missing: string[] = [];
  for (let existing = path; ; existing = dirname(existing)) {
    try {
      return join(realpathSync.native(existing), ...missing);
    } catch {
      if (dirname(existing) === existing) return path;
      missing.unshift(basename(existing));
    }
  }
}
