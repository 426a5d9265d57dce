import { expandBraces } from "./braces.ts";
import { fold } from "./fold.ts";
import { segmentGlob, takesDotfiles, type GlobRules, type SegmentGlob } from "./glob-segment.ts";

/** A glob's segments, ready to match: `**` stands for any number of segments. */
export type SegmentsGlob = readonly (SegmentGlob | "**")[];

/** How the two kinds of list read a glob. */
export const listRules = {
  allow: { list: "allow", isFolded: false },
  deny: { list: "deny", isFolded: false },
  denyFolded: { list: "deny", isFolded: true },
} as const satisfies Record<string, GlobRules>;

const mostCharacters = 1024;
const mostSegments = 64;

/**
 * The globs without braces that an entry of a list stands for, or undefined where it has no safe meaning.
 *
 * What is understood: `*`, `?`, `[abc]`, `**` as a whole segment, `{a,b}`. Not understood, because matching it
 * can take for ever or because owners expect different things of it: extended globs such as `!(a|b)`, groups of
 * alternatives in parentheses, a leading `!`, and a backslash that is not a path's. Such an entry is never
 * guessed at: in an allow list it matches nothing, in a deny list everything.
 */
export function alternativesOf(entry: string): string[] | undefined {
  if (entry === "" || entry.length > mostCharacters) return undefined;
  if (entry.startsWith("!") || /[@!+?*]\(|[\\\0]/.test(entry)) return undefined;
  if (entry.includes("(") && entry.includes("|")) return undefined;
  return expandBraces(entry);
}

/** The segments of one alternative, ready to match, or undefined where one cannot be compiled. */
export function segmentsGlob(segments: readonly string[], rules: GlobRules): SegmentsGlob | undefined {
  // What three stars in a row mean depends on where they stand.
  if (segments.length > mostSegments || segments.some((segment) => segment.includes("***"))) return undefined;
  const texts = rules.list === "allow" ? withSegmentBehindStar(segments) : segments;
  const compiled = texts.map((segment) => (segment === "**" ? "**" : segmentGlob(segment, rules)));
  return compiled.every((segment) => segment !== undefined) ? compiled : undefined;
}

// `a/**` matches `a`, but to picomatch `*/**` is what lies in folders: it does not match `a`. An allow list must
// not be wider than that.
function withSegmentBehindStar(segments: readonly string[]): readonly string[] {
  const last = segments.findLast((segment) => segment !== "**");
  const needsOne = segments.at(-1) === "**" && last?.endsWith("*");
  return needsOne ? [...segments, "*"] : segments;
}

/**
 * Whether the glob matches all of these segments. The segments between two `**` are taken where they first
 * occur, which is right for the reason that it is right for `*`, so no glob makes this go back.
 */
export function matchesSegments(glob: SegmentsGlob, segments: readonly string[], rules: GlobRules): boolean {
  const [first = [], ...later] = chunksOf(glob);
  const last = later.pop();
  const isAt = (chunk: readonly SegmentGlob[], start: number) =>
    start + chunk.length <= segments.length &&
    chunk.every((matches, index) => matches(segments[start + index] ?? ""));
  const mayPassOver = (index: number) => takesDotfiles(rules) || segments[index]?.startsWith(".") !== true;

  if (!isAt(first, 0)) return false;
  let end = first.length;
  if (last === undefined) return end === segments.length;
  for (const chunk of later) {
    while (!isAt(chunk, end)) {
      if (end >= segments.length || !mayPassOver(end)) return false;
      end += 1;
    }
    end += chunk.length;
  }
  const lastStart = segments.length - last.length;
  if (lastStart < end) return false;
  for (; end < lastStart; end += 1) if (!mayPassOver(end)) return false;
  return isAt(last, lastStart);
}

/**
 * Whether the glob could match these segments or anything below them, in a deny list. Where it has two stars, all that
 * stands behind them can lie at any depth; without, it reaches no deeper than it is long.
 */
export function matchesSomeBelow(glob: SegmentsGlob, segments: readonly string[]): boolean {
  const [first = [], ...later] = chunksOf(glob);
  if (later.length === 0 && segments.length > first.length) return false;
  return segments.slice(0, first.length).every((segment, index) => first[index]?.(segment) === true);
}

function chunksOf(glob: SegmentsGlob): SegmentGlob[][] {
  const chunks: SegmentGlob[][] = [[]];
  for (const segment of glob) {
    if (segment === "**") chunks.push([]);
    else chunks.at(-1)?.push(segment);
  }
  return chunks;
}

/**
 * Whether an allow list of globs covers an environment, a branch or a repository: to the character, and with a
 * dot at the start of a segment only where the owner wrote it.
 */
export function isAllowedBy(entries: readonly string[], value: string): boolean {
  const segments = value.split("/");
  return entries.some(
    (entry) =>
      alternativesOf(entry)?.some((alternative) => {
        const glob = segmentsGlob(globSegments(alternative), listRules.allow);
        return glob !== undefined && matchesSegments(glob, segments, listRules.allow);
      }) === true &&
      // One alternative without a meaning leaves the others none.
      hasMeaning(entry),
  );
}

/**
 * Whether a deny list of globs covers an environment, a branch or a repository: as given, and again without
 * case, invisible characters, space around it and empty segments. Dotfiles are covered like all others.
 */
export function isDeniedBy(entries: readonly string[], value: string): boolean {
  const asGiven = value.split("/");
  const folded = withoutEmpty(fold(value).trim().split("/"));
  return entries.some((entry) => {
    const alternatives = alternativesOf(entry);
    if (alternatives === undefined) return true;
    return alternatives.some((alternative) => {
      const exact = segmentsGlob(globSegments(alternative), listRules.deny);
      const loose = segmentsGlob(withoutEmpty(globSegments(alternative)), listRules.denyFolded);
      if (exact === undefined || loose === undefined) return true;
      return (
        matchesSegments(exact, asGiven, listRules.deny) ||
        matchesSegments(loose, folded, listRules.denyFolded)
      );
    });
  });
}

/** Whether an entry of a list of environments, branches or repositories has a meaning: see `alternativesOf`. */
export function hasMeaning(entry: string): boolean {
  const alternatives = alternativesOf(entry);
  return (
    alternatives?.every((alternative) =>
      Object.values(listRules).every((rules) => segmentsGlob(globSegments(alternative), rules) !== undefined),
    ) === true
  );
}

function globSegments(alternative: string): string[] {
  return alternative.replace(/^(?:\.\/)+/, "").split("/");
}

function withoutEmpty(segments: readonly string[]): string[] {
  return segments.filter((segment) => segment !== "");
}
