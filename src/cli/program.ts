import { Command as Parser, CommanderError, Option as ParserOption } from "commander";
import { sharedOptions, type Command, type Typed } from "./command.ts";
import { BrokenRule, exitCodes, UserError } from "./failure.ts";
import type { Option } from "./inputs.ts";
import { optionName } from "./option-name.ts";

/** What was typed: a command with its input, or something that is answered already, such as `--help`. */
export type Invocation =
  | { command: Command; args: Record<string, unknown>; options: Record<string, unknown> }
  | { exitCode: number };

/** What to begin with, as it is typed. */
const introduction = [
  "behalf login",
  'behalf agents create "Deploy bot" --save',
  "behalf verify --action deploy --vendor vercel.com",
  "behalf approvals watch",
  "behalf doctor",
];

type Tree = {
  commands: readonly Command[];
  nouns: Readonly<Record<string, string>>;
  /** Commands under one that is itself a command, so that they have no place of their own in help. */
  nested?: readonly Command[];
};

/** Reads a command line. Help goes to `write`; a mistake is thrown as `UserError` with what was probably meant. */
export function parseCommandLine(
  argv: readonly string[],
  { commands, nouns, nested = [] }: Tree,
  { version, write }: { version: string; write: (text: string) => void },
): Invocation {
  const starting = [...nested, ...commands].find(
    ({ spec }) => spec.takesAll === true && spec.path.every((word, at) => word === argv[at]),
  );
  if (starting !== undefined) return startingLine(argv, starting, write);
  let invocation: Invocation = { exitCode: exitCodes.done };
  const root = new Parser("behalf")
    .description("Agents ask before they act, people decide what needs a person, everything is on record.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "say what this does, with examples")
    .helpCommand("help [command]", "say what a command does")
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => undefined, outputError: () => undefined })
    .showHelpAfterError(false)
    .addHelpText("after", examplesText(introduction));
  const parents = new Map<string, Parser>();
  const parentOf = (noun: string) => {
    const known = parents.get(noun);
    if (known !== undefined) return known;
    const first = commands.flatMap(({ spec }) => (spec.path[0] === noun ? spec.examples.slice(0, 1) : []));
    const made = root
      .command(noun)
      .description(`${capital(nouns[noun] ?? "")}.`)
      .summary(nouns[noun] ?? "")
      .addHelpText("after", examplesText(first));
    parents.set(noun, made);
    return made;
  };
  // Of what was not typed, no more than help and a suggestion need: setting up every option would take longer than the
  // command itself.
  for (const command of commands) {
    const [first = "", second] = command.spec.path;
    const parent = second === undefined ? root : parentOf(first);
    if (second !== undefined && !argv.includes(first)) continue;
    const parser = parent.command(second ?? first);
    parser.summary(command.spec.summary);
    if (command.spec.path.every((word) => argv.includes(word))) describe(parser, command);
    parser.action(() => {
      const names = Object.keys(command.spec.args ?? {});
      const args = Object.fromEntries(
        names.map((name, at): [string, unknown] => [name, parser.processedArgs[at]]),
      );
      invocation = { command, args, options: parser.opts() };
    });
  }

  if (argv.length === 0) {
    root.outputHelp();
    return invocation;
  }
  try {
    root.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { exitCode: exitCodes.done };
    if (error.code === "commander.help" || isVerbMissing(argv, parents)) throw verbMissing(argv, parents);
    throw mistakeOf(error, pathOf(argv, commands));
  }
  return invocation;
}

// Nothing is read of what belongs to another program, but a call for help.
function startingLine(argv: readonly string[], command: Command, write: (text: string) => void): Invocation {
  const { path } = command.spec;
  const [first, ...others] = argv.slice(path.length);
  if (first === "--help" || first === "-h") {
    const parser = new Parser(["behalf", ...path].join(" ")).usage("[arguments...]").helpOption(false);
    describe(parser.configureOutput({ writeOut: write }), command);
    parser.outputHelp();
    return { exitCode: exitCodes.done };
  }
  const all = first === undefined ? [] : [first, ...others];
  return { command, args: { typed: first === "--" ? others : all } satisfies Typed, options: {} };
}

function describe(parser: Parser, { spec }: Command): void {
  parser.description(spec.description ?? `${capital(spec.summary)}.`);
  for (const [name, { about, isRequired, isRest, choices }] of Object.entries(spec.args ?? {})) {
    const shown = choices === undefined ? about : `${about}: ${choices.join(", ")}`;
    const rest = isRest ? "..." : "";
    const argument = parser.createArgument(isRequired ? `<${name}${rest}>` : `[${name}${rest}]`, shown);
    parser.addArgument(choices === undefined ? argument : argument.choices(choices));
  }
  for (const [name, option] of Object.entries<Option<unknown>>(spec.options ?? {}))
    for (const each of parserOptions(name, option)) parser.addOption(each);
  for (const [name, option] of Object.entries(spec.takesAll === true ? {} : sharedOptions(spec.access)))
    if (spec.options?.[name] === undefined)
      for (const each of parserOptions(name, option)) parser.addOption(each);
  parser.addHelpText("after", examplesText(spec.examples));
}

function examplesText(examples: readonly string[]): string {
  const lines = examples.map((example) => `  $ ${example.replaceAll("\n", "\n    ")}`);
  return `\nExamples:\n${lines.join("\n")}`;
}

function parserOptions(name: string, option: Option<unknown>): ParserOption[] {
  const typed = optionName(name);
  const value = option.value === undefined ? "" : ` <${option.value}>`;
  const about = option.choices === undefined ? option.about : `${option.about}: ${option.choices.join(", ")}`;
  const made = new ParserOption(typed + value, about);
  if (option.isRequired) made.makeOptionMandatory();
  if (option.value !== undefined)
    made.argParser((text: string, before: unknown) => {
      try {
        return option.read(text, before);
      } catch (error) {
        if (!(error instanceof BrokenRule)) throw error;
        throw new UserError(`${typed} ${error.message}.`);
      }
    });
  if (!option.isNegatable) return [made];
  return [made, new ParserOption(typed.replace("--", "--no-"), `not: ${option.about}`)];
}

// "error: unknown command 'verfy'\n(Did you mean verify?)" is said in two parts.
function mistakeOf({ message }: CommanderError, path: readonly string[]): UserError {
  const [first = "", second] = message.replace(/^error: /, "").split("\n");
  const meant = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(second ?? "")?.[1];
  const help = ["behalf", ...path, "--help"].join(" ");
  const hint = meant === undefined ? `See what there is: ${help}` : `Did you mean ${meant}?`;
  return new UserError(`${capital(first.replace(/\.$/, ""))}.`, hint);
}

// How far what was typed leads to a command or a noun.
function pathOf(argv: readonly string[], commands: readonly Command[]): string[] {
  const isTyped = (path: readonly string[]) => path.every((word, at) => argv[at] === word);
  const paths = commands.flatMap(({ spec }) => [spec.path.slice(0, 1), [...spec.path]]);
  return paths.filter(isTyped).toSorted((one, other) => other.length - one.length)[0] ?? [];
}

// An option that each of the noun's commands takes is no mistake: what is missing is the command.
function isVerbMissing(
  [noun = "", option = "", ...others]: readonly string[],
  parents: ReadonlyMap<string, Parser>,
) {
  const verbs = parents.get(noun)?.commands.map((each) => each.name());
  const shared = Object.keys(sharedOptions("agent")).map(optionName);
  return verbs !== undefined && shared.includes(option) && !others.some((word) => verbs.includes(word));
}

function verbMissing(argv: readonly string[], parents: ReadonlyMap<string, Parser>): UserError {
  const noun = argv.find((each) => parents.has(each)) ?? "";
  const verbs = parents.get(noun)?.commands.map((each) => each.name()) ?? [];
  return new UserError(`behalf ${noun} needs to know what to do.`, `One of: ${verbs.join(", ")}`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
