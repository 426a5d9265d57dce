import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { mutated } from "./mutate.ts";
import { mutants } from "./mutants.ts";

it.each(mutants)("the mutant $name still fits the source", (mutant) => {
  for (const file of new Set(mutant.changes.map((change) => change.file))) {
    const text = readFileSync(file, "utf8");
    expect(mutated(mutant, file, text)).not.toBe(text);
  }
});

it("a mutant whose text is gone, or there twice, is an error", () => {
  const mutant = { name: "m", bug: "", changes: [{ file: "a.ts", from: "x < y", to: "x <= y" }] };
  expect(mutated(mutant, "a.ts", "if (x < y) z();")).toBe("if (x <= y) z();");
  expect(() => mutated(mutant, "a.ts", "if (x > y) z();")).toThrow("does not fit");
  expect(() => mutated(mutant, "a.ts", "x < y; x < y;")).toThrow("does not fit");
});
