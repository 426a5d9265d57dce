import { sharedOptions, type Command } from "../command.ts";
import { optionName } from "../option-name.ts";

/** A place in a command line, and the words that may come next. */
export type Place = {
  /** The words so far, without options: "", "agents", "agents create". */
  path: string;
  words: readonly { word: string; about: string }[];
};

/** The values that an option takes, where they are known. */
export type Values = { path: string; option: string; values: readonly string[] };

export type Tree = { commands: readonly Command[]; nouns: Readonly<Record<string, string>> };

/** Every place at which something can be completed. */
export function places({ commands, nouns }: Tree): Place[] {
  const at = new Map<string, { word: string; about: string }[]>([["", []]]);
  const add = (path: string, word: string, about: string) => {
    const words = at.get(path) ?? [];
    if (!words.some((each) => each.word === word)) words.push({ word, about });
    at.set(path, words);
  };
  for (const { spec } of commands) {
    const [noun = "", verb] = spec.path;
    add("", noun, verb === undefined ? spec.summary : (nouns[noun] ?? ""));
    if (verb !== undefined) add(noun, verb, spec.summary);
    const path = spec.path.join(" ");
    for (const { choices } of Object.values(spec.args ?? {}))
      for (const choice of choices ?? []) add(path, choice, "");
    for (const [name, { about, isNegatable }] of Object.entries({
      ...(spec.takesAll === true ? {} : sharedOptions(spec.access)),
      ...spec.options,
    })) {
      add(path, optionName(name), about);
      if (isNegatable) add(path, optionName(name).replace("--", "--no-"), `not: ${about}`);
    }
    add(path, "--help", "say what this does, with examples");
  }
  return [...at].map(([path, words]) => ({ path, words }));
}

/** Every option whose values are known. */
export function optionValues({ commands }: Tree): Values[] {
  return commands.flatMap(({ spec }) =>
    Object.entries(spec.options ?? {}).flatMap(([name, { choices }]) =>
      choices === undefined ? [] : [{ path: spec.path.join(" "), option: optionName(name), values: choices }],
    ),
  );
}
