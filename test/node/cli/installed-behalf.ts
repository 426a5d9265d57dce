import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Ran = {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  ms: number;
};

type Options = { stdin?: string; env?: Record<string, string>; cwd?: string };

/** The installed command line, with a home of its own. */
export class InstalledBehalf {
  readonly home: string;
  readonly #env: Record<string, string>;

  private constructor(home: string, env: Record<string, string>) {
    this.home = home;
    this.#env = env;
  }

  /** `consumer` is the folder that the package is installed in. */
  static async in(consumer: string, env: Record<string, string> = {}): Promise<InstalledBehalf> {
    const home = await mkdtemp(join(tmpdir(), "behalf-home-"));
    const path = `${join(consumer, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`;
    // Nothing of the machine's own environment: neither its keychain nor its settings.
    return new InstalledBehalf(home, { PATH: path, HOME: home, ...env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.home, { recursive: true, force: true });
  }

  /** Runs `behalf` with these arguments, in pipes. */
  run(args: readonly string[], options: Options = {}): Promise<Ran> {
    return this.begin(["behalf", ...args], options).ended;
  }

  /** Runs what a person would type into a shell. */
  typed(line: string, options: Options = {}): Promise<Ran> {
    return this.begin(["bash", "-c", line], options).ended;
  }

  /** Runs what a person would type, on a terminal. What it shows is `stdout`. */
  onTerminal(line: string, options: Options = {}): Started {
    // A terminal without a person has no size of its own.
    const sized = `stty columns 100 rows 40; ${line}`;
    return this.begin(["script", "--quiet", "--return", "--command", sized, "/dev/null"], {
      ...options,
      env: { TERM: "xterm-256color", ...options.env },
    });
  }

  begin([program = "", ...args]: readonly string[], { stdin, env, cwd }: Options = {}): Started {
    const startedAt = performance.now();
    const child = spawn(program, args, { cwd: cwd ?? this.home, env: { ...this.#env, ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined);
    if (stdin !== undefined) child.stdin.end(stdin);
    const ended = new Promise<Ran>((done, fail) => {
      child.once("error", fail);
      child.once("close", (status, signal) => {
        done({ status, signal, stdout, stderr, ms: performance.now() - startedAt });
      });
    });
    const shows = async (text: string | RegExp) => {
      const deadline = performance.now() + 40_000;
      for (;;) {
        const shown = stdout + stderr;
        const found = typeof text === "string" ? shown.includes(text) : text.test(shown);
        if (found) return shown;
        if (performance.now() > deadline || child.exitCode !== null)
          throw new Error(`It never showed ${String(text)}, but: ${shown}`);
        await new Promise((done) => {
          setTimeout(done, 20);
        });
      }
    };
    return { child, ended, shows, type: (text) => void child.stdin.write(text) };
  }
}

export type Started = {
  child: ChildProcess;
  ended: Promise<Ran>;
  /** Waits until this was shown, on either stream. */
  shows: (text: string | RegExp) => Promise<string>;
  type: (text: string) => void;
};

/** Whether a pseudo-terminal can be had: by the `script` of util-linux. */
export async function hasTerminal(): Promise<boolean> {
  const child = spawn("script", ["--version"], { stdio: ["ignore", "pipe", "ignore"] });
  let version = "";
  child.stdout.on("data", (text) => (version += String(text)));
  return new Promise((done) => {
    child.once("error", () => done(false));
    child.once("close", () => done(version.includes("util-linux")));
  });
}
