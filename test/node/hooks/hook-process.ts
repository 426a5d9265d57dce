import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../running-system.ts";

export type Ended = { status: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

export const key = `bhf_sk_${"k".repeat(43)}`;

/** The hook as its clients start it, built once, with a home of its own and an agent in its environment. */
export class HookProcess {
  readonly home: string;
  readonly #program: string;

  private constructor(home: string, program: string) {
    this.home = home;
    this.#program = program;
  }

  static async build(): Promise<HookProcess> {
    const home = mkdtempSync(join(tmpdir(), "behalf-hook-"));
    await build({
      entryPoints: [join(root, "src/cli/main.ts")],
      outdir: join(home, "program/dist/cli"),
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      mainFields: ["module", "main"],
      target: "node20",
      external: ["@napi-rs/keyring"],
      banner: {
        js: 'import { createRequire as requireHere } from "node:module"; const require = requireHere(import.meta.url);',
      },
      logLevel: "error",
    });
    writeFileSync(join(home, "program/package.json"), JSON.stringify({ type: "module", version: "0.0.0" }));
    return new HookProcess(home, join(home, "program/dist/cli/main.js"));
  }

  [Symbol.dispose](): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Starts the hook with these arguments. What is not in `env` is not in its environment. */
  start(args: readonly string[], env: Record<string, string>): ChildProcess & { ended: Promise<Ended> } {
    const child = spawn(process.execPath, [this.#program, "hook", ...args], {
      cwd: this.home,
      env: { HOME: this.home, USERPROFILE: this.home, ...env },
      stdio: "pipe",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined);
    const ended = new Promise<Ended>((done, fail) => {
      child.once("error", fail);
      child.once("close", (status, signal) => done({ status, signal, stdout, stderr }));
    });
    return Object.assign(child, { ended });
  }

  run(args: readonly string[], stdin: string | object, env: Record<string, string>): Promise<Ended> {
    const child = this.start(args, env);
    child.stdin?.end(typeof stdin === "string" ? stdin : JSON.stringify(stdin));
    return child.ended;
  }
}

/** What the hook finds in its environment. */
export function agentAt(baseUrl: string, agentId = "agent_1", apiKey = key): Record<string, string> {
  return { BEHALFID_BASE_URL: baseUrl, BEHALFID_AGENT_ID: agentId, BEHALFID_API_KEY: apiKey };
}
