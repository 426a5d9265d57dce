import picomatch from "picomatch";
import { fold } from "./fold.ts";

/** One segment of a glob: what stands between two slashes. */
export type SegmentGlob = (segment: string) => boolean;

/** For whom a glob is read, and whether to the character or by what `fold` leaves. */
export type GlobRules = { list: "allow" | "deny"; isFolded: boolean };

type Piece = { length: number; isAt: (text: string, index: number) => boolean; find: Find };
type Find = (text: string, from: number) => number;

// A piece with a wildcard in it costs its length at every character of the value.
const mostInPiece = 64;
const wildcard = /[*?[]/;
const regExpCharacter = /[\\^$.*+?()[\]{}|/-]/g;

/** Whether a wildcard stands for a dot at the start of a segment too. */
export function takesDotfiles({ list }: GlobRules): boolean {
  return list === "deny";
}

/** Whether a segment stands for itself alone. */
export function isLiteral(segment: string): boolean {
  return !wildcard.test(segment);
}

/** The glob that matches exactly this segment. */
export function literalSegment(text: string, { isFolded }: GlobRules): SegmentGlob {
  const wanted = isFolded ? fold(text) : text;
  return (segment) => segment === wanted;
}

/**
 * One segment of a glob, ready to match. Undefined where it cannot be compiled: a class that is never closed, or
 * an impossible range.
 *
 * The meaning is picomatch's, and picomatch reads the classes. The matching is not: its regular expressions go
 * back over every `*`, and `*a*a*a*a*b` on a long run of `a` never ends. So a segment is cut at its `*` into
 * pieces of fixed length, and each piece is taken where it first occurs, in time linear in the value.
 */
export function segmentGlob(text: string, rules: GlobRules): SegmentGlob | undefined {
  if (isLiteral(text)) return literalSegment(text, rules);
  const pieces = piecesOf(text, rules.isFolded);
  if (pieces === undefined) return undefined;
  const itself = literalSegment(text, rules);
  const takesDot = takesDotfiles(rules) || text.startsWith(".");
  const shortest = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return (segment) => {
    if (segment === "" || (!takesDot && segment.startsWith("."))) return false;
    // Names like [id].tsx exist, so a segment always matches itself.
    return itself(segment) || (segment.length >= shortest && matchesPieces(pieces, segment));
  };
}

function matchesPieces(pieces: readonly Piece[], segment: string): boolean {
  const [first, ...later] = pieces;
  const last = later.pop();
  if (first === undefined || !first.isAt(segment, 0)) return false;
  let end = first.length;
  if (last === undefined) return end === segment.length;
  for (const piece of later) {
    const start = piece.find(segment, end);
    if (start === -1) return false;
    end = start + piece.length;
  }
  const lastStart = segment.length - last.length;
  return lastStart >= end && last.isAt(segment, lastStart);
}

function piecesOf(text: string, isFolded: boolean): Piece[] | undefined {
  const pieces: Piece[] = [];
  let atoms: string[] = [];
  for (let at = 0; at < text.length;) {
    const atom = atomAt(text, at);
    if (atom === undefined) return undefined;
    at += atom.length;
    if (atom !== "*") {
      atoms.push(atom);
      continue;
    }
    const piece = pieceOf(atoms, isFolded);
    if (piece === undefined) return undefined;
    // Several * in a row are one.
    if (pieces.length === 0 || piece.length > 0) pieces.push(piece);
    atoms = [];
  }
  const last = pieceOf(atoms, isFolded);
  return last === undefined ? undefined : [...pieces, last];
}

/** The next `*`, `?`, class, or run of plain characters. Undefined for a class that is never closed. */
function atomAt(text: string, at: number): string | undefined {
  const character = text[at];
  if (character === "*" || character === "?") return character;
  if (character === "[") return classAt(text, at);
  const rest = text.slice(at).search(wildcard);
  return rest === -1 ? text.slice(at) : text.slice(at, at + rest);
}

function classAt(text: string, open: number): string | undefined {
  const isNegated = text[open + 1] === "!" || text[open + 1] === "^";
  const first = open + (isNegated ? 2 : 1);
  // A bracket right at the start is a member.
  const close = text.indexOf("]", first + 1);
  const members = text.slice(first, close);
  // Named classes such as [:alpha:] do not always compile to one character.
  return close === -1 || members.includes("[:") ? undefined : text.slice(open, close + 1);
}

function pieceOf(atoms: readonly string[], isFolded: boolean): Piece | undefined {
  if (atoms.every(isLiteral)) {
    const plain = isFolded ? fold(atoms.join("")) : atoms.join("");
    return {
      length: plain.length,
      isAt: (text, index) => text.startsWith(plain, index),
      find: (text, from) => text.indexOf(plain, from),
    };
  }
  const plains = atoms.map((atom) => (isLiteral(atom) && isFolded ? fold(atom) : atom));
  const length = plains.reduce((sum, atom) => sum + (isLiteral(atom) ? atom.length : 1), 0);
  if (length > mostInPiece) return undefined;
  const source = plains.map((atom) =>
    isLiteral(atom) ? atom.replace(regExpCharacter, "\\$&") : sourceOf(atom),
  );
  const pattern = stickyRegExp(source.join(""), isFolded);
  if (pattern === undefined) return undefined;
  const isAt = (text: string, index: number) => {
    pattern.lastIndex = index;
    return pattern.test(text);
  };
  const find: Find = (text, from) => {
    for (let index = from; index + length <= text.length; index += 1) if (isAt(text, index)) return index;
    return -1;
  };
  return { length, isAt, find };
}

const oneCharacter: picomatch.PicomatchOptions = {
  windows: false,
  dot: true,
  posix: true,
  literalBrackets: false,
  strictSlashes: true,
  fastpaths: false,
};

const anyCharacter = picomatch.parse("?", oneCharacter).output;

// Each of these is one character, so the regular expression has nothing to go back over.
function sourceOf(atom: string): string {
  return atom === "?" ? anyCharacter : picomatch.parse(atom, oneCharacter).output;
}

function stickyRegExp(source: string, isFolded: boolean): RegExp | undefined {
  try {
    return new RegExp(source, isFolded ? "syi" : "sy");
  } catch {
    return undefined;
  }
}
