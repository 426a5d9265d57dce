import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";

export type Ended = { status: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string };

export const key = `bhf_sk_${"k".repeat(43)}`;

/** The hook as its clients start it, with a home of its own and an agent in its environment. */
export class HookProcess {
  readonly home = mkdtempSync(join(tmpdir(), "behalf-hook-"));

  [Symbol.dispose](): void {
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Starts the hook with these arguments. What is not in `env` is not in its environment. */
  start(args: readonly string[], env: Record<string, string>): ChildProcess & { ended: Promise<Ended> } {
    const child = spawn(process.execPath, [inject("program"), "hook", ...args], {
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
