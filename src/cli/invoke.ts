import { invocationAlone, nested } from "./alone.ts";
import type { SharedFlags } from "./command.ts";
import { Context } from "./context.ts";
import { Cancelled, exitCodes } from "./failure.ts";
import { Interrupts } from "./interrupts.ts";
import { Output } from "./output/output.ts";
import { Streams } from "./output/streams.ts";
import type { Invocation } from "./program.ts";
import { Settings } from "./settings/settings.ts";

/** Runs what was typed and ends the process. */
export async function invoke(argv: readonly string[], program: string, version: string): Promise<never> {
  const { env } = process;
  const interrupts = new Interrupts();
  // Whoever read our output has gone. What was not read was not understood, so this is no success.
  const streams = new Streams(() => process.exit(exitCodes.failed));

  const own = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  let output = new Output(streams, env, own.includes("--json"));
  let settings = new Settings(env, {}, program);
  let exitCode: number;
  try {
    const invocation = invocationAlone(argv) ?? (await parsed(argv, version, streams));
    if ("exitCode" in invocation) {
      exitCode = invocation.exitCode;
    } else {
      const flags: SharedFlags = invocation.options;
      output = new Output(streams, env, flags.json === true);
      settings = new Settings(env, flags, program);
      const parts = { argv, env, cwd: process.cwd(), version, flags, output, settings, interrupts };
      const { args, options } = invocation;
      const input = { args, options } as Parameters<typeof invocation.command.run>[1];
      exitCode = (await invocation.command.run(new Context(parts), input)) ?? exitCodes.done;
    }
  } catch (error) {
    exitCode = error instanceof Cancelled ? exitCodes.interrupted : exitCodes.failed;
    if (interrupts.exitCode === undefined) {
      const { printProblem, problemOf } = await import("./output/problem.ts");
      printProblem(problemOf(error, settings, Boolean(env["BEHALFID_DEBUG"])), output);
    }
  }
  // What was interrupted is not done, even when it got to its end.
  exitCode = interrupts.exitCode ?? exitCode;
  await streams.flush();
  process.exit(exitCode);
}

async function parsed(argv: readonly string[], version: string, { stdout }: Streams): Promise<Invocation> {
  const [{ parseCommandLine }, { commands, nouns }] = await Promise.all([
    import("./program.ts"),
    import("./commands.ts"),
  ]);
  return parseCommandLine(
    argv,
    { commands, nested, nouns },
    { version, write: (text) => stdout.write(text) },
  );
}
