import { visibleText } from "../../contract/visible-text.ts";

// Nothing of this is ever escaped, and most texts are made of nothing else.
const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * A text that came from elsewhere, as one line that a terminal only shows: what would move the cursor, change
 * colours, turn text around, hide, or pass for another sign is written out.
 */
export function visibleLine(text: string): string {
  if (plain.test(text)) return text;
  return visibleText(text).replaceAll("\n", "\\n");
}

/** The same for a text of several lines. */
export function visibleLines(text: string): string[] {
  return text.split("\n").map((line) => visibleText(line));
}

// JSON.stringify escapes the lower control characters and leaves the upper ones, which terminals obey, too.
const unprintable = /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A value as JSON in which no character acts on a terminal. Whoever parses it gets the same value. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
