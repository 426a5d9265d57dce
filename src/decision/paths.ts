/** A path with nothing left to resolve. The root is `/`, a drive such as `C:`, or `unknownFolder`. */
export type ResolvedPath = { root: string; segments: readonly string[] };

/** The root of paths below a `cwd` that is not known. */
export const unknownFolder = "";

/** Where a request's paths start from, and by whose rules they are read. */
export type Place = {
  system: "posix" | "windows" | "unknown";
  cwd: ResolvedPath | undefined;
  home: ResolvedPath | undefined;
};

/** How a path begins that names a drive. */
export const drive = /^[A-Za-z]:/;

/**
 * The place that a request's `cwd` and `home` describe. They, and not the path, say what system it is: a path
 * that could choose would choose the reading that lets it pass.
 */
export function placeOf(cwd: string | undefined, home: string | undefined): Place {
  const systems = [cwd, home].map((path) => systemOf(path ?? ""));
  const system = systems.find((one) => one !== "unknown") ?? "unknown";
  const isWindows = system === "windows";
  const nowhere: Place = { system, cwd: undefined, home: undefined };
  const absolute = (path: string | undefined) =>
    path !== undefined && isAbsolute(path) ? resolve(path, nowhere, isWindows) : undefined;
  return { system, cwd: absolute(cwd), home: absolute(home) };
}

/**
 * Every path that the text can mean, resolved without looking at any disk, or undefined where it cannot be
 * resolved: `~` without `home`, another user's home, a path that climbs out of a `cwd` that is not known, a network
 * or device path, a NUL. What cannot be resolved is not permitted.
 *
 * On Windows a backslash separates. Elsewhere it is a character of a name, but not every tool knows: the path
 * `/repo/a\b/../../etc` is `/etc` to one reader and `/repo/etc` to the other. So there it has both readings, and
 * both have to be permitted. Some tools trim what they are given, so with space around it a path has two readings
 * as well.
 */
export function readingsOf(path: string, place: Place): ResolvedPath[] | undefined {
  const trimmed = path.trim();
  if (trimmed === path) return readingsOfExactly(path, place);
  const readings = [readingsOfExactly(path, place), readingsOfExactly(trimmed, place)];
  return readings.every((reading) => reading !== undefined) ? readings.flat() : undefined;
}

function readingsOfExactly(path: string, place: Place): ResolvedPath[] | undefined {
  if (path === "" || path.includes("\0") || /^file:/i.test(path)) return undefined;
  const hasBackslash = path.includes("\\");
  const hasDrive = drive.test(path);
  if (place.system === "unknown" && hasDrive && hasBackslash && path.split("/").includes(".."))
    return undefined;
  const isWindows = place.system === "windows" || (place.system === "unknown" && hasDrive);
  const readings = isWindows ? [true] : hasBackslash ? [false, true] : [false];
  const resolved = readings.map((splitsAtBackslash) => resolve(path, place, splitsAtBackslash));
  return resolved.every((reading) => reading !== undefined) ? resolved : undefined;
}

function systemOf(path: string): Place["system"] {
  if (path.startsWith("/")) return "posix";
  return drive.test(path) || path.startsWith("\\\\") ? "windows" : "unknown";
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
}

function resolve(path: string, place: Place, isWindows: boolean): ResolvedPath | undefined {
  const text = isWindows ? path.replaceAll("\\", "/") : path;
  if (text.startsWith("~")) {
    // Whoever does not expand `~` takes it for a folder below cwd. Above it the two readings would part.
    const belowHome = text === "~" || text.startsWith("~/");
    return belowHome && place.home !== undefined
      ? join(place.home, text.slice(1), isWindows, false)
      : undefined;
  }
  if (isWindows && text.startsWith("//")) return undefined;
  if (isWindows && drive.test(text)) {
    const root = text.slice(0, 2).toUpperCase();
    const rest = text.slice(2);
    if (rest.startsWith("/")) return join({ root, segments: [] }, rest, isWindows, true);
    return place.cwd?.root === root ? join(place.cwd, rest, isWindows, true) : undefined;
  }
  if (!text.startsWith("/")) {
    if (place.cwd !== undefined) return join(place.cwd, text, isWindows, true);
    return join({ root: unknownFolder, segments: [] }, text, isWindows, false);
  }
  // On Windows a path without a drive is on the drive of cwd.
  const root = place.system === "windows" ? place.cwd?.root : "/";
  return root === undefined ? undefined : join({ root, segments: [] }, text, isWindows, true);
}

/** Above the root there is only the root, as for every system. */
function join(
  base: ResolvedPath,
  text: string,
  isWindows: boolean,
  mayLeaveBase: boolean,
): ResolvedPath | undefined {
  const segments = [...base.segments];
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (!mayLeaveBase && segments.length === base.segments.length) return undefined;
      segments.pop();
      continue;
    }
    const name = isWindows ? windowsName(part) : part;
    if (name === undefined) return undefined;
    segments.push(name);
  }
  return { root: base.root, segments };
}

/** The name that Windows gives a file: without dots and spaces at its end, and never a stream of another file. */
function windowsName(part: string): string | undefined {
  let end = part.length;
  while (end > 0 && (part[end - 1] === "." || part[end - 1] === " ")) end -= 1;
  return end === 0 || part.includes(":") ? undefined : part.slice(0, end);
}
