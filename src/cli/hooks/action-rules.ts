import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Deed } from "./described-call.ts";
import { NoDecision } from "./no-decision.ts";
import { looseWords, simpleCommand, unquoted } from "./shell-words.ts";
import { isObject, type Input } from "./tool-call.ts";

/** An owner's own name for what a command or a tool does. */
export type ActionRule = {
  /** The words of a command; `{name}` and `*` stand for one word, `**` at the end for all that follow. */
  command?: readonly string[] | undefined;
  /** A tool's name, or its beginning and `*`. */
  tool?: string | undefined;
  action: string;
  facts: Readonly<Partial<Record<Fact, string | number>>>;
};

const factNames = ["vendor", "environment", "branch", "repository", "amount"] as const;
type Fact = (typeof factNames)[number];

const fileNames = ["actions.jsonc", "actions.json"];
const maxBytes = 256 * 1024;
const literal = /^[A-Za-z0-9_./:@%+,=-]+$/;
const placeholder = /^\{([A-Za-z_]\w*)\}$/;

/**
 * The rules in the settings folder. Not in the project: a file there comes with a clone, and could name a deploy after
 * whatever is allowed. Throws NoDecision for a file that cannot be read as it was meant.
 */
export async function readRules(folder: string): Promise<readonly ActionRule[]> {
  const file = fileNames
    .map((name) => join(folder, name))
    .find((each) => statSync(each, { throwIfNoEntry: false }));
  if (file === undefined) return [];
  const kind = statSync(file);
  if (!kind.isFile() || kind.size > maxBytes) throw mistake(file, "is no file of a size that can be read");
  const { parse } = await import("jsonc-parser");
  const errors: Parameters<typeof parse>[1] = [];
  const value: unknown = parse(readFileSync(file, "utf8"), errors, { allowTrailingComma: true });
  if (
    errors.length > 0 ||
    !isObject(value) ||
    !Array.isArray(value["rules"]) ||
    Object.keys(value).length !== 1
  )
    throw mistake(file, 'must be {"rules": […]}');
  return value["rules"].map((rule: unknown, at) =>
    ruleOf(rule, (why) => mistake(file, `rule ${at + 1}: ${why}`)),
  );
}

function ruleOf(rule: unknown, mistaken: (why: string) => NoDecision): ActionRule {
  if (!isObject(rule)) throw mistaken("it must be an object");
  const { command, tool, action, ...rest } = rule;
  const unknown = Object.keys(rest).find((key) => !factNames.some((name) => name === key));
  if (unknown !== undefined) throw mistaken(`${unknown} is not a known field`);
  if (typeof action !== "string" || action.trim() === "") throw mistaken("it needs an action");
  if ((command === undefined) === (tool === undefined)) throw mistaken("it needs either a command or a tool");
  const words = typeof command === "string" ? command.trim().split(/ +/) : undefined;
  if (command !== undefined && (words === undefined || !isPattern(words)))
    throw mistaken("its command must be words, {name}, * and a last **, and begin with a word");
  if (tool !== undefined && (typeof tool !== "string" || !/^[^*\s]+\*?$/.test(tool)))
    throw mistaken("its tool must be a name, or the beginning of one and *");
  const facts: Partial<Record<Fact, string | number>> = {};
  for (const name of factNames) {
    const value = rest[name];
    if (value === undefined) continue;
    const isText = typeof value === "string" && value !== "";
    if (!isText && !(typeof value === "number" && name === "amount" && value >= 0))
      throw mistaken(name === "amount" ? "amount must be a number or {name}" : `${name} must be text`);
    facts[name] = value;
  }
  return { command: words, tool, action, facts };
}

function isPattern(words: readonly string[]): boolean {
  return words.every((word, at) =>
    word === "**"
      ? at > 0 && at === words.length - 1
      : literal.test(word) || (at > 0 && (word === "*" || placeholder.test(word))),
  );
}

/**
 * A call's deed under the owner's names. A command goes by a name of its own only where the line is one simple command that
 * a rule describes to its last word. A line that only mentions such a command, among others or in disguise, needs both: what
 * the rule names, and the shell.
 */
export function namedDeeds(
  deed: Deed,
  tool: string,
  input: Input,
  rules: readonly ActionRule[],
  home: string,
): Deed[] {
  const ofTool = rules.find((rule) => rule.tool !== undefined && isTool(rule.tool, tool));
  if (ofTool !== undefined) return [named(deed, ofTool, scalarsOf(input), true)];
  if (deed.action !== "execute_command" || deed.command === undefined) return [deed];
  const isPosix = process.platform !== "win32" && tool !== "PowerShell";
  const words = simpleCommand(deed.command, isPosix);
  for (const rule of rules) {
    const captured =
      words === undefined || rule.command === undefined ? undefined : match(rule.command, words);
    if (captured !== undefined) return [named(deed, rule, captured, true)];
  }
  const loose = looseWords(unquoted(deed.command, home)).map((word) => word.toLowerCase());
  const mentioned = rules.filter(({ command }) => command !== undefined && mentions(loose, command));
  const deeds = new Map(
    mentioned.map((rule) => {
      const each = named(deed, rule, {}, false);
      return [JSON.stringify(each), each];
    }),
  );
  return [...deeds.values(), deed];
}

function match(pattern: readonly string[], words: readonly string[]): Record<string, string> | undefined {
  const isOpen = pattern.at(-1) === "**";
  const fixed = isOpen ? pattern.slice(0, -1) : pattern;
  if (isOpen ? words.length < fixed.length : words.length !== fixed.length) return undefined;
  const captured: Record<string, string> = {};
  for (const [at, expected] of fixed.entries()) {
    const word = words[at] ?? "";
    const name = placeholder.exec(expected)?.[1];
    // An option in the place of a value is another command, and so is `HEAD:main` in the place of a branch.
    if (name !== undefined || expected === "*") {
      if (!/^[A-Za-z0-9][\w./-]*$/.test(word) || /^(?:refs|heads)\//.test(word)) return undefined;
      if (name !== undefined) captured[name] = word;
    } else if (word !== expected) return undefined;
  }
  return captured;
}

/** Whether the fixed words of a command appear in this order, the program under whatever path. */
function mentions(words: readonly string[], pattern: readonly string[]): boolean {
  let from = 0;
  for (const [at, expected] of pattern.filter((each) => literal.test(each)).entries()) {
    const wanted = expected.toLowerCase();
    const found = words.findIndex(
      (word, index) =>
        index >= from &&
        (word === wanted ||
          (at === 0 &&
            word
              .split(/[\\/]/)
              .at(-1)
              ?.replace(/\.(?:exe|cmd)$/, "") === wanted)),
    );
    if (found === -1) return false;
    from = found + 1;
  }
  return true;
}

function named(
  deed: Deed,
  { action, facts }: ActionRule,
  captured: Readonly<Record<string, string | number>>,
  isWhole: boolean,
): Deed {
  const fact = (name: Fact) => {
    const value = facts[name];
    const from = typeof value === "string" ? placeholder.exec(value)?.[1] : undefined;
    if (from === undefined) return value;
    const found = Object.hasOwn(captured, from) ? captured[from] : undefined;
    if (found === undefined && isWhole)
      throw new NoDecision(`The call has no ${from}, which its ${name} is taken from.`);
    return found;
  };
  const text = (name: Fact) => {
    const value = fact(name);
    return value === undefined ? undefined : String(value);
  };
  return {
    ...deed,
    action,
    resource: text("vendor") ?? deed.resource,
    environment: text("environment"),
    branch: text("branch"),
    repository: text("repository"),
    amount: amountOf(fact("amount")),
  };
}

function amountOf(value: string | number | undefined): number | undefined {
  if (value === undefined || typeof value === "number") return value;
  if (!/^\d{1,15}(?:\.\d{1,10})?$/.test(value))
    throw new NoDecision("The amount of the call is no plain number.");
  return Number(value);
}

function scalarsOf(input: Input): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(input).filter((each): each is [string, string | number] =>
      /^(?:string|number)$/.test(typeof each[1]),
    ),
  );
}

function isTool(pattern: string, tool: string): boolean {
  return pattern.endsWith("*") ? tool.startsWith(pattern.slice(0, -1)) : tool === pattern;
}

function mistake(file: string, why: string): NoDecision {
  return new NoDecision(
    `${file} cannot be used: ${why}.`,
    "A person puts it right; until then nothing is allowed.",
  );
}
