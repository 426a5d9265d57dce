import { writeSync } from "node:fs";

/** The one exit code after which every client blocks the tool call. After any other than 0 and 2, some run it. */
export const blocks = 2;

/**
 * From here on, whatever ends this process ends it in a way that blocks: an error nobody caught, a signal, an event
 * loop that has nothing left to do. What cannot be caught, such as SIGKILL, is up to the installed command line.
 */
export function failClosed(): void {
  process.exitCode = blocks;
  const end = (why: string) => (): never =>
    block(`NO DECISION — this tool call did not run.\n\nReason: ${why}`);
  process.on("uncaughtException", end("The hook failed."));
  process.on("unhandledRejection", end("The hook failed."));
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGPIPE"] as const)
    process.on(signal, end(`The hook was ended (${signal}).`));
}

/** Says why on stderr and ends the process so that the client blocks. With nothing on stderr, Codex would not. */
export function block(text: string): never {
  writeAll(2, `${text}\n`);
  process.exit(blocks);
}

/** Writes all of a text before it returns, because the process ends next. Whether it could. */
export function writeAll(fd: 1 | 2, text: string): boolean {
  let rest = Buffer.from(text);
  for (let tries = 0; rest.byteLength > 0 && tries < 200;)
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "EAGAIN") return false;
      // The pipe is full: its reader gets a moment, two seconds in all.
      tries += 1;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  return rest.byteLength === 0;
}
