import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Context } from "./context.ts";
import { endingSignals } from "./interrupts.ts";

/** How a child ended: with a code, or by a signal. */
export type Ended = { code: number | null; signal: NodeJS.Signals | null };

type Surroundings = Pick<Context, "cwd" | "env" | "output" | "interrupts">;

/**
 * Runs this file with these arguments, no shell in between, on the terminal that we have ourselves. Signals that reach
 * us go to it. Throws when it cannot be started.
 */
export async function runChild(
  context: Surroundings,
  file: string,
  [argv0 = file, ...args]: readonly string[],
): Promise<Ended> {
  const { cwd, env, output } = context;
  const { spawn } = await import("node:child_process");
  const child = spawn(file, args, {
    argv0,
    cwd,
    env,
    shell: false,
    // With --json, stdout belongs to the one JSON value.
    stdio: ["inherit", output.isJson ? 2 : "inherit", "inherit"],
  });
  return endOf(context, child, "exit");
}

/**
 * Gives signals that reach us to a child, and says how it ended: with "exit" as soon as it has, with "close" when all
 * that it wrote has been read, too.
 */
export async function endOf(
  { output, interrupts }: Surroundings,
  child: ChildProcess,
  event: "exit" | "close",
): Promise<Ended> {
  const { stdin, stdout, stderr } = output.streams;
  // A terminal sends Ctrl-C to the child as well, and twice would be taken for "at once".
  const hasTerminal = [stdin, stdout, stderr].some((stream) => stream.isTTY);
  interrupts.giveTo((signal) => {
    if (signal !== "SIGINT" || !hasTerminal) child.kill(signal);
  });
  try {
    return await new Promise<Ended>((done, fail) => {
      child.once("error", fail);
      child.once(event, (code: Ended["code"], signal: Ended["signal"]) => done({ code, signal }));
    });
  } finally {
    interrupts.giveTo(undefined);
  }
}

/**
 * The exit code that passes on how a child ended. Where it ended by a signal that ends us too, we end by the same one,
 * so that a shell sees what it would have seen without us.
 */
export async function passOn({ code, signal }: Ended): Promise<number> {
  if (signal === null) return code ?? 1;
  if (signal === "SIGKILL" || endingSignals.some((each) => each === signal)) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // It arrives in a moment; until then nothing else may end us.
    await new Promise((done) => {
      setTimeout(done, 1000);
    });
  }
  return 128 + constants.signals[signal];
}
