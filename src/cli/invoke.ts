import type { SharedFlags } from "./command.ts";
import { commands, nouns } from "./commands.ts";
import { Context } from "./context.ts";
import { exitCodes } from "./failure.ts";
import { Interrupts } from "./interrupts.ts";
import { Output } from "./output/output.ts";
import { printProblem, problemOf } from "./output/problem.ts";
import { parseCommandLine } from "./program.ts";
import { Settings } from "./settings/settings.ts";

/** Runs what was typed and ends the process. */
export async function invoke(argv: readonly string[], program: string, version: string): Promise<never> {
  const { env, stdin, stdout, stderr } = process;
  const interrupts = new Interrupts();
  // Whoever read our output has gone. What was not read was not understood, so this is no success.
  for (const stream of [stdout, stderr]) stream.on("error", () => process.exit(exitCodes.failed));

  const own = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  let output = new Output({ stdin, stdout, stderr }, env, own.includes("--json"));
  let settings = new Settings(env, {}, program);
  let exitCode: number;
  try {
    const invocation = parseCommandLine(
      argv,
      { commands, nouns },
      { version, write: (text) => stdout.write(text) },
    );
    if ("exitCode" in invocation) {
      exitCode = invocation.exitCode;
    } else {
      const flags: SharedFlags = invocation.options;
      output = new Output(output.streams, env, flags.json === true);
      settings = new Settings(env, flags, program);
      const parts = { argv, env, cwd: process.cwd(), version, flags, output, settings, interrupts };
      const { args, options } = invocation;
      const input = { args, options } as Parameters<typeof invocation.command.run>[1];
      exitCode = (await invocation.command.run(new Context(parts), input)) ?? exitCodes.done;
    }
  } catch (error) {
    exitCode = exitCodes.failed;
    if (interrupts.exitCode === undefined)
      printProblem(problemOf(error, settings, Boolean(env["BEHALFID_DEBUG"])), output);
  }
  // What was interrupted is not done, even when it got to its end.
  exitCode = interrupts.exitCode ?? exitCode;
  await output.flush();
  process.exit(exitCode);
}
