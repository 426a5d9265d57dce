import { UserError } from "../failure.ts";

const begin = "<!-- behalf:begin (behalf mcp init --refresh writes this part again) -->";
const end = "<!-- behalf:end -->";
const anyBegin = /<!-- behalf:begin[^\n]*-->/g;

type Written = { text: string; inserted: string };

/** The part of a text that is ours, with its marks. Undefined when there is none. */
export function markedBlock(file: string, source: string): string | undefined {
  const begins = [...source.matchAll(anyBegin)];
  const ends = source.split(end).length - 1;
  const [first] = begins;
  if (first === undefined && ends === 0) return undefined;
  const from = first?.index ?? 0;
  const to = source.indexOf(end, from);
  if (begins.length !== 1 || ends !== 1 || to === -1)
    throw new UserError(`The marks of behalf in ${file} do not fit together.`, "Take them out by hand.");
  return source.slice(from, to + end.length);
}

/** The text with our part in place of the one before, or at its end. `inserted` is all that it did not have before. */
export function withMarkedBlock(
  file: string,
  source: string | undefined,
  lines: readonly string[],
  insertedBefore: string | undefined,
): Written {
  const eol = source?.includes("\r\n") === true ? "\r\n" : "\n";
  const block = [begin, ...lines, end].join(eol);
  const old = source === undefined ? undefined : markedBlock(file, source);
  if (source !== undefined && old !== undefined)
    return {
      text: source.replace(old, () => block),
      inserted: insertedBefore?.includes(old) === true ? insertedBefore.replace(old, () => block) : block,
    };
  const gap = source === undefined || source === "" ? "" : source.endsWith("\n") ? eol : eol + eol;
  const inserted = `${gap}${block}${eol}`;
  return { text: (source ?? "") + inserted, inserted };
}

/** The text without our part; what was put in goes to the byte where it still stands as it was. */
export function withoutMarkedBlock(file: string, source: string, inserted: string | undefined): string {
  const block = markedBlock(file, source);
  if (block === undefined) return source;
  const isWhole = inserted !== undefined && inserted.trim() === block && source.split(inserted).length === 2;
  return source.replace(isWhole ? inserted : block, "");
}
