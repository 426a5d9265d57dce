import { stripVTControlCharacters } from "node:util";

export type Fact = readonly [label: string, value: string | readonly string[] | undefined];

/** One line a fact, values aligned. A fact without a value is left out; the further lines of one stand below it. */
export function factLines(facts: readonly Fact[], indent = "  "): string[] {
  const shown = facts.filter((fact): fact is [string, string | readonly string[]] => fact[1] !== undefined);
  const width = Math.max(0, ...shown.map(([label]) => label.length)) + 2;
  return shown.flatMap(([label, value]) => {
    const [first, ...others] = typeof value === "string" ? [value] : value;
    if (first === undefined) return [];
    return [
      `${indent}${label.padEnd(width)}${first}`,
      ...others.map((line) => `${indent}${" ".repeat(width)}${line}`),
    ];
  });
}

/** Rows in aligned columns under their headings. */
export function tableLines(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ""))));
  return all.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
      .join("  ")
      .trimEnd(),
  );
}

function widthOf(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length;
}
