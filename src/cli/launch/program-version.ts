import { execFile } from "node:child_process";
import type { Context } from "../context.ts";

const patienceMs = 20_000;

/** The version that a program prints, without its name. Undefined when it prints none. */
export function programVersion({ cwd, env, signal }: Context, file: string): Promise<string | undefined> {
  return new Promise((done) => {
    execFile(file, ["--version"], { cwd, env, signal, timeout: patienceMs }, (error, stdout) => {
      done(error === null ? /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] : undefined);
    });
  });
}
