import type { Context } from "../context.ts";
import { UserError } from "../failure.ts";
import type { HookFile } from "./hook-files.ts";
import type { Hooks } from "./json-hooks.ts";

/** A program that works for its user, and how it is started so that each of its tool calls is asked for first. */
export type Client = {
  program: string;
  name: string;
  install: string;
  /** The arguments by which its tool calls are held. Throws `UserError` where they would not be. */
  hold: (context: Context, executable: string, given: readonly string[]) => Promise<string[]>;
  /** The arguments by which it knows what the agent may do. */
  tell: (context: Context) => string[];
  /** Where its hooks stand in a project, for when it is started without us, and which they are. */
  hookFile?: HookFile & { hooks: (context: Context) => Hooks };
};

/** What is said when a client would run its tools without asking. */
export function notHeld(name: string, why: string, fix: string): UserError {
  return new UserError(`${name} was not started: ${why}`, fix);
}
