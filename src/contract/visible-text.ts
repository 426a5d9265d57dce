/**
 * A piece of a text as a reviewer has to see it. `plain` is shown as it is; `escape` stands for a character that
 * would be invisible, move others about, or pass for another one.
 */
export type Piece =
  { kind: "plain"; text: string } | { kind: "escape"; text: string; source: string; why: EscapeReason };

export type EscapeReason = "hidden" | "control" | "direction" | "space" | "look-alike" | "stacked mark";

const direction = /^[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]$/u;
// Blank though they count as signs: the empty Braille cell, and the place of an object.
const inkless = /^[\u2800\uFFFC]$/u;
const invisible =
  /^[\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]$/u;
const otherSpace = /^\p{Zs}$/u;
const mark = /^\p{M}$/u;

// Signs that pass for the ASCII ones that separate paths, hosts, options and statements.
const signs: Record<string, string> = {
  "/": "\u2044\u2215\u29F8\u2571\u3033",
  "\\": "\u2216\u29F5\u29F9\u2572",
  ":": "\u02D0\u02F8\u0589\u05C3\u2236\uA789\uFE30",
  ".": "\u0701\u0702\u2024\uA4F8",
  ",": "\u201A",
  ";": "\u037E",
  "-": "\u2010\u2011\u2012\u2013\u2212\u02D7\u2043\u2796\u2CBA",
  "|": "\u01C0\u2223\u2758\u23AE",
  "*": "\u2217\u204E",
  "&": "\uA778",
  "@": "\uFE6B",
  "=": "\u2E40\uA4FF\u30A0",
  "~": "\u223C\u02DC\u2053",
  "!": "\u01C3\u2D51",
  "<": "\u02C2\u276E\u1433",
  ">": "\u02C3\u276F\u1438",
};

// Letters of other scripts, and Latin ones outside the alphabets people write in, that are drawn like ASCII.
const letters: Record<string, string> = {
  a: "\u0430\u03B1\u0251",
  A: "\u0410\u0391\u13AA\uA4EE",
  b: "\u0184\u13CF",
  B: "\u0412\u0392\u13F4\uA4D0",
  c: "\u0441\u03F2\u2CA5\u1D04",
  C: "\u0421\u03F9\u13DF\uA4DA",
  d: "\u0501\u13E7\uA4D2",
  D: "\u13A0\uA4D3",
  e: "\u0435\u04BD\u212E",
  E: "\u0415\u0395\u13AC\uA4F0",
  f: "\uA799\u0584",
  g: "\u0261\u0581\u018D",
  G: "\u050C\u13C0\uA4D6",
  h: "\u04BB\u0570",
  H: "\u041D\u0397\u13BB\uA4E7",
  i: "\u0456\u03B9\u0269\u13A5\u026A",
  I: "\u0406\u0399\u04C0\uA4F2\u2C92",
  j: "\u0458\u03F3",
  J: "\u0408\u037F\u13AB\uA4D9",
  k: "\u043A\u03BA\u1D0B",
  K: "\u041A\u039A\u13E6\uA4D7",
  l: "\u04CF\u2113",
  L: "\u13DE\uA4E1\u053C",
  m: "\u043C\u1D0D",
  M: "\u041C\u039C\u13B7\uA4DF",
  n: "\u0578\u057C",
  N: "\u039D\uA4E0",
  o: "\u043E\u03BF\u0585\u10FF\u1D0F",
  O: "\u041E\u039F\u0555\uA4F3\u2C9E",
  p: "\u0440\u03C1\u2CA3",
  P: "\u0420\u03A1\u13E2\uA4D1",
  q: "\u051B\u0563\u0566",
  Q: "\u2D55",
  r: "\u1D26",
  R: "\u13A1\uA4E3",
  s: "\u0455\u01BD\uA731",
  S: "\u0405\u054F\u13DA\uA4E2",
  t: "\u0442\u03C4\u1D1B",
  T: "\u0422\u03A4\u13A2\uA4D4",
  u: "\u057D\u03C5\u028B\u1D1C",
  U: "\u054D\uA4F4\u1200",
  v: "\u0475\u03BD\u1D20",
  V: "\u0474\u13D9\uA4E6",
  w: "\u051D\u0461\u1D21",
  W: "\u051C\u13B3\uA4EA",
  x: "\u0445\u03C7\u157D",
  X: "\u0425\u03A7\u2CAC\uA4EB",
  y: "\u0443\u03B3\u04AF\u028F",
  Y: "\u0423\u03A5\u04AE\uA4EC",
  z: "\u1D22",
  Z: "\u0396\u13C3\uA4DC",
  "3": "\u0292\u01B7",
  "4": "\u13CE",
  "6": "\u13EE",
};

const plainSign = new Map(
  Object.entries(signs).flatMap(([ascii, others]) => Array.from(others, (other) => [other, ascii])),
);
const plainLetter = new Map(
  Object.entries(letters).flatMap(([ascii, others]) => Array.from(others, (other) => [other, ascii])),
);

const word = /[\p{L}\p{M}\p{N}]+/gu;
const latin = /[A-Za-z]|\p{Script=Latin}/u;
const letter = /^\p{L}$/u;
// Scripts whose letters are drawn like Latin ones. Han beside kana or Latin is everyday writing.
const alike =
  /^[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}\p{Script=Georgian}\p{Script=Hebrew}\p{Script=Canadian_Aboriginal}\p{Script=Tifinagh}]$/u;
const phonetic = /^[\u0250-\u02AF\u1D00-\u1D7F\u1D80-\u1DBF\uA730\uA731]$/u;

const mostMarks = 2;

/** A text in pieces, with everything escaped that a reader could not see or would take for something else. */
export function visiblePieces(source: string): Piece[] {
  const pieces: Piece[] = [];
  const suspects = lookAlikeOffsets(source);
  let marks = 0;
  let offset = 0;
  for (const character of source) {
    marks = mark.test(character) ? marks + 1 : 0;
    const isEdge = offset === 0 || offset + character.length === source.length;
    const why = suspects.has(offset) ? "look-alike" : reasonToEscape(character, isEdge, marks);
    if (why === undefined) appendPlain(pieces, character);
    else pieces.push({ kind: "escape", text: escapeOf(character), source: character, why });
    offset += character.length;
  }
  return pieces;
}

/** The same as one string, for titles, labels and the clipboard's preview. */
export function visibleText(source: string): string {
  return visiblePieces(source)
    .map(({ text }) => text)
    .join("");
}

/** What an escaped look-alike passes for, where it is one character. */
export function passesFor(character: string): string | undefined {
  const folded = character.normalize("NFKC");
  return (
    plainSign.get(character) ?? plainLetter.get(character) ?? (folded === character ? undefined : folded)
  );
}

function reasonToEscape(character: string, isEdge: boolean, marks: number): EscapeReason | undefined {
  if (character === "\n") return undefined;
  if (character === " ") return isEdge ? "space" : undefined;
  if (/^\p{Cc}$/u.test(character)) return "control";
  if (direction.test(character)) return "direction";
  if (inkless.test(character) || invisible.test(character)) return "hidden";
  if (otherSpace.test(character)) return "space";
  if (marks > mostMarks) return "stacked mark";
  if (plainSign.has(character) || phonetic.test(character) || foldsToAscii(character)) return "look-alike";
  return undefined;
}

// Fullwidth, mathematical, circled and other costumes of ASCII. An ellipsis or a raised 2 passes for nothing else.
function foldsToAscii(character: string): boolean {
  if (character <= "\u007F") return false;
  const folded = character.normalize("NFKC");
  return folded !== character && /^[\x21-\x7E]+$/.test(folded) && !/^[…™²³¹ªº№]$/u.test(character);
}

/**
 * Where letters stand that were put into a word of another script (a Cyrillic а in "pаypal"), or make up a whole
 * word that reads as Latin. A word in its own script is left alone, so that Greek or Russian stays readable.
 */
function lookAlikeOffsets(source: string): Set<number> {
  const offsets = new Set<number>();
  for (const { 0: text, index } of source.matchAll(word)) {
    const all = Array.from(text);
    const foreign = all.filter((each) => alike.test(each));
    if (foreign.length === 0) continue;
    const isMixed = all.some((each) => latin.test(each));
    const readsAsLatin = all.filter((each) => letter.test(each)).every((each) => plainLetter.has(each));
    if (!isMixed && !readsAsLatin) continue;
    let offset = index;
    for (const each of all) {
      if (alike.test(each)) offsets.add(offset);
      offset += each.length;
    }
  }
  return offsets;
}

function escapeOf(character: string): string {
  if (character === "\t") return "\\t";
  if (character === "\r") return "\\r";
  if (character === "\0") return "\\0";
  if (character === "\u001B") return "\\e";
  if (character === " ") return "\u2423";
  return `\\u{${character.codePointAt(0)?.toString(16).toUpperCase()}}`;
}

function appendPlain(pieces: Piece[], character: string): void {
  const last = pieces.at(-1);
  if (last?.kind === "plain") last.text += character;
  else pieces.push({ kind: "plain", text: character });
}
