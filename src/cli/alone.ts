import type { Command } from "./command.ts";
import { runCommand } from "./commands/run.ts";
import { runCursorCommand } from "./commands/run-cursor.ts";
import { verifyCommand } from "./commands/verify.ts";
import { readPlainLine } from "./plain-line.ts";
import type { Invocation } from "./program.ts";

/**
 * The commands that other programs wait for, many times a day. They come with the program's first few files, so they
 * import nothing that takes long to load; what they need of that, they import when it is needed.
 */
export const commandsAlone: readonly Command[] = [verifyCommand, runCommand];

/** Commands under one that is itself a command. */
export const nested: readonly Command[] = [runCursorCommand];

/** What was typed, when it is plainly one of those commands. Everything else is left to the parser. */
export function invocationAlone(argv: readonly string[]): Invocation | undefined {
  const isTyped = ({ spec }: Command) => spec.path.every((word, at) => argv[at] === word);
  if (nested.some(isTyped)) return undefined;
  for (const command of commandsAlone) {
    const { path } = command.spec;
    if (!isTyped(command)) continue;
    const typed = readPlainLine(argv.slice(path.length), command);
    return typed === undefined ? undefined : { command, ...typed };
  }
  return undefined;
}
