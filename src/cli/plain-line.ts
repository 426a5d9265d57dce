import { sharedOptions, type Command } from "./command.ts";
import { BrokenRule } from "./failure.ts";
import type { Option } from "./inputs.ts";
import { optionName } from "./option-name.ts";

/** What was typed behind a command. */
export type Typed = { args: Record<string, unknown>; options: Record<string, unknown> };

/**
 * Reads what was typed behind a command, when it is plain: known options with their values, and as many arguments as
 * there can be. Undefined for everything that a person would have to be told about, `--help` as well as mistakes: that
 * is left to the parser, which loads slower and reads what is read here in the same way.
 */
export function readPlainLine(words: readonly string[], { spec }: Command): Typed | undefined {
  if (spec.takesAll === true) return undefined;
  const known = { ...sharedOptions(spec.access), ...spec.options };
  const byWord = new Map<string, { name: string; option: Option<unknown>; isNo: boolean }>();
  for (const [name, option] of Object.entries<Option<unknown>>(known)) {
    const typed = optionName(name);
    byWord.set(typed, { name, option, isNo: false });
    if (option.isNegatable) byWord.set(typed.replace("--", "--no-"), { name, option, isNo: true });
  }
  const options: Record<string, unknown> = {};
  const operands: string[] = [];
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") {
      operands.push(...left);
      break;
    }
    if (!word.startsWith("-")) {
      operands.push(word);
      continue;
    }
    const [, name = word, attached] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    const found = byWord.get(name);
    if (found === undefined) return undefined;
    if (found.option.value === undefined) {
      if (attached !== undefined) return undefined;
      options[found.name] = !found.isNo;
      continue;
    }
    const value = attached ?? left.shift();
    if (value === undefined || (attached === undefined && value.startsWith("-"))) return undefined;
    try {
      options[found.name] = found.option.read(value, options[found.name]);
    } catch (error) {
      if (error instanceof BrokenRule) return undefined;
      throw error;
    }
  }
  const isMissing = Object.entries(known).some(
    ([name, each]) => each.isRequired && !Object.hasOwn(options, name),
  );
  const args = isMissing ? undefined : argumentsOf(operands, spec.args ?? {});
  return args === undefined ? undefined : { args, options };
}

function argumentsOf(
  operands: readonly string[],
  known: NonNullable<Command["spec"]["args"]>,
): Record<string, unknown> | undefined {
  const args: Record<string, unknown> = {};
  let at = 0;
  for (const [name, { isRequired, isRest, choices }] of Object.entries(known)) {
    const given = isRest ? operands.slice(at) : operands.slice(at, at + 1);
    if (isRequired && given.length === 0) return undefined;
    if (choices !== undefined && !given.every((each) => choices.includes(each))) return undefined;
    args[name] = isRest ? given : given[0];
    at += given.length;
  }
  return at === operands.length ? args : undefined;
}
