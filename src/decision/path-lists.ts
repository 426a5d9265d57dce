import { fold } from "./fold.ts";
import { isLiteral, literalSegment, type GlobRules } from "./glob-segment.ts";
import {
  alternativesOf,
  listRules,
  matchesSegments,
  matchesSomeBelow,
  segmentsGlob,
  type SegmentsGlob,
} from "./glob.ts";
import { drive, placeOf, readingsOf, unknownFolder, type Place, type ResolvedPath } from "./paths.ts";

/** A list's entry, resolved: what its matches start with, and the glob behind it. No root is any root. */
type PlacedGlob = { root: string | undefined; base: readonly string[]; globs: readonly string[] };

/** One path, or with `isTree` a folder and all that is below it. */
type Asked = ResolvedPath & { isTree: boolean };

/**
 * Whether the path lists of a permission let a path pass. Deny lists are looked at first, and whatever cannot be
 * resolved or understood is not permitted.
 *
 * Entries are normalised as paths are: backslashes, `.`, `..`, `~`, drive letters, and relative to `cwd`. Two
 * things differ in deny lists, because an owner who denies `.env` means every `.env`: a relative entry is denied
 * in every folder, and an entry without a wildcard at its end denies all that is below it too.
 *
 * Allow lists compare to the character, and a wildcard of theirs does not stand for a dot at the start of a
 * name: `/repo/**` does not open `/repo/.git` or the dotfiles that hold an agent's own settings.
 *
 * A path that ends in a slash is a folder and all that is below it, as for a search. It is denied where anything below
 * it could be, and allowed where one entry that ends in `**` covers it all; the dotfiles below it go with the rest.
 */
export function isPathPermitted(
  path: string,
  place: Place,
  allowed: readonly string[] | undefined,
  denied: readonly string[] | undefined,
): boolean {
  const isTree = /[\\/]$/.test(path.trim());
  const readings = readingsOf(path, place)?.map((reading): Asked => ({ ...reading, isTree }));
  if (readings === undefined) return false;
  if (denied !== undefined && readings.some((reading) => isDenied(reading, place, denied))) return false;
  return allowed === undefined || readings.every((reading) => isAllowed(reading, place, allowed));
}

const somewhere = placeOf("/work", "/home");

/** Whether an entry of a list of paths has a meaning, wherever the agent works. */
export function hasMeaningAsPath(entry: string, list: "allow" | "deny"): boolean {
  const alternatives = alternativesOf(slashes(entry));
  return (
    alternatives?.every((alternative) => {
      const placed = placeGlob(alternative, somewhere, list);
      return (
        placed !== undefined &&
        Object.values(listRules).every((rules) => segmentsGlob(placed.globs, rules) !== undefined)
      );
    }) === true
  );
}

function isAllowed(path: Asked, place: Place, entries: readonly string[]): boolean {
  return entries.some(
    (entry) =>
      alternativesOf(slashes(entry))?.some((alternative) => allows(alternative, path, place)) === true &&
      // One alternative without a meaning leaves the others none.
      hasMeaningAsPath(entry, "allow"),
  );
}

function allows(alternative: string, path: Asked, place: Place): boolean {
  const placed = placeGlob(alternative, place, "allow");
  if (placed === undefined) return false;
  // Two stars at the end that match a folder match all that is below it. Of other entries it is not certain.
  if (path.isTree && placed.globs.at(-1) !== "**") return false;
  // On Windows an entry without a drive is on the drive of cwd, as a path is.
  const root = placed.root === "/" ? (place.cwd?.root ?? "/") : placed.root;
  // Two stars pass over folders, and over no folder that is not known.
  const isSameRoot = root === undefined ? path.root !== unknownFolder : root === path.root;
  return isSameRoot && matches(placed, path.segments, listRules.allow) === true;
}

function isDenied(path: Asked, place: Place, entries: readonly string[]): boolean {
  // Whatever is denied, the folder could be in it: leaving out cwd must not be a way around.
  if (path.root === unknownFolder) return true;
  // Windows keeps a second, short name for a long one. Which it is cannot be told without the disk.
  if (path.root !== "/" && path.segments.some((segment) => /~[0-9]/.test(segment))) return true;
  const folded = fold(path.segments.join("/"))
    .split("/")
    .filter((segment) => segment !== "");
  return entries.some((entry) => {
    const alternatives = alternativesOf(slashes(entry));
    return (
      alternatives === undefined ||
      alternatives.some((alternative) => denies(alternative, path, folded, place))
    );
  });
}

function denies(alternative: string, path: Asked, folded: readonly string[], place: Place): boolean {
  const placed = placeGlob(alternative, place, "deny");
  if (placed === undefined) return true;
  const match = path.isTree ? matchesSomeBelow : matchesSegments;
  const exact = matches(placed, path.segments, listRules.deny, match);
  const loose = matches(placed, folded, listRules.denyFolded, match);
  if (exact === undefined || loose === undefined) return true;
  // An entry without a drive is denied on every drive.
  const isSameRoot = placed.root === undefined || placed.root === "/" || placed.root === path.root;
  return isSameRoot && (exact || loose);
}

/** Undefined where the glob cannot be compiled. */
function matches(
  placed: PlacedGlob,
  segments: readonly string[],
  rules: GlobRules,
  match = matchesSegments,
): boolean | undefined {
  const glob = segmentsGlob(placed.globs, rules);
  if (glob === undefined) return undefined;
  const base: SegmentsGlob = placed.base.map((segment) => literalSegment(segment, rules));
  return match([...base, ...glob], segments, rules);
}

/** Undefined where the entry needs a home or a folder that is not known, or cannot be normalised. */
function placeGlob(text: string, place: Place, list: "allow" | "deny"): PlacedGlob | undefined {
  const start = startOf(text, place, list);
  if (start === undefined) return undefined;
  const base = [...start.base];
  const globs: string[] = [];
  for (const part of start.rest.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") globs.push(part);
    else if (globs.length === 0 && base.length === 0 && start.root === unknownFolder) return undefined;
    else if (globs.length === 0) base.pop();
    // What is above a wildcard is not known.
    else if (!isLiteral(globs.pop() ?? "")) return undefined;
  }
  if (list === "deny") {
    if (start.isRelative) globs.unshift("**");
    if (isLiteral(globs.at(-1) ?? "")) globs.push("**");
  }
  return { root: start.root, base, globs };
}

type Start = { root: string | undefined; base: readonly string[]; rest: string; isRelative: boolean };

function startOf(text: string, { cwd, home }: Place, list: "allow" | "deny"): Start | undefined {
  const isRelative = false;
  if (text.startsWith("~")) {
    if (home === undefined || (text !== "~" && !text.startsWith("~/"))) return undefined;
    return { root: home.root, base: home.segments, rest: text.slice(1), isRelative };
  }
  if (drive.test(text)) {
    if (text.length > 2 && text[2] !== "/") return undefined;
    return { root: text.slice(0, 2).toUpperCase(), base: [], rest: text.slice(2), isRelative };
  }
  if (text.startsWith("/")) return { root: "/", base: [], rest: text, isRelative };
  if (text === "**" || text.startsWith("**/")) return { root: undefined, base: [], rest: text, isRelative };
  if (list === "deny") return { root: undefined, base: [], rest: text, isRelative: true };
  // Below one folder two relative paths compare alike, whichever folder it is.
  const { root, segments } = cwd ?? { root: unknownFolder, segments: [] };
  return { root, base: segments, rest: text, isRelative };
}

function slashes(entry: string): string {
  return entry.replaceAll("\\", "/");
}
