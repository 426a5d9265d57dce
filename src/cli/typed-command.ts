import { shellLine } from "./command-line.ts";
import type { Context } from "./context.ts";
import { UserError } from "./failure.ts";

/** The command that was typed behind two dashes. Without the dashes an option of it would be taken for one of ours. */
export function typedCommand({ argv }: Context, read: readonly string[], ours: string): string[] {
  const dashes = argv.indexOf("--");
  const typed = dashes === -1 ? [] : argv.slice(dashes + 1);
  if (typed.length === 0 || typed.length !== read.length)
    throw new UserError(
      "The command belongs behind two dashes, where it is taken as it is.",
      `Type: ${ours} -- ${read.length === 0 ? "npm test" : shellLine(read)}`,
    );
  return typed;
}
