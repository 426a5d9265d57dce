import type { Plugin } from "vite";
import type { Mutant } from "./mutants.ts";

/** A text with the mutant's changes to that file. Throws when one of them is not there exactly once. */
export function mutated({ name, changes }: Mutant, file: string, text: string): string {
  let changed = text;
  for (const { from, to } of changes.filter((change) => change.file === file)) {
    if (changed.split(from).length !== 2)
      throw new Error(`The mutant ${name} does not fit: not once in ${file} is there\n${from}`);
    changed = changed.replace(from, () => to);
  }
  return changed;
}

/** Lets Vite serve the mutant's files as it changed them. */
export function mutate(mutant: Mutant): Plugin {
  return {
    name: `mutant:${mutant.name}`,
    enforce: "pre",
    transform(text, id) {
      const file = mutant.changes.find((change) => id.split("?")[0]?.endsWith(`/${change.file}`))?.file;
      return file === undefined ? null : { code: mutated(mutant, file, text), map: null };
    },
  };
}
