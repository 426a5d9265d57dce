import { visiblePieces } from "../../contract/visible-text.ts";

// What breaks a line, and what changes the reading of one without being seen: controls, bidi, zero-width, tags,
// fillers and variation selectors.
const spaces = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A text that an agent chose, as a person may be shown it in one line: line breaks become spaces, every character
 * that cannot be seen becomes one that can, and one that passes for another is written out. At most `max` characters.
 */
export function legible(text: string, max: number): string {
  const line = withoutLookAlikes(text.replace(spaces, " ").replace(unseen, "\ufffd").trim());
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join("")}…`;
}

function withoutLookAlikes(line: string): string {
  return visiblePieces(line)
    .map((piece) => (piece.kind === "escape" && piece.why !== "look-alike" ? piece.source : piece.text))
    .join("");
}

/** A value of an event's data as one legible line, or undefined where there is none. */
export function legibleValue(value: unknown, max: number): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? legible(value, max) : undefined;
}
