import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, vi } from "vitest";

export type Answer = { id: unknown; result?: Result; error?: { code: number; message: string } };
type Result = { did?: string; content?: { text: string }[]; isError?: boolean; resultType?: string };

export const apiKey = `bhf_sk_${"k3Y".repeat(14)}k`;
const patience = { timeout: 50_000, interval: 20 };

type Wrapping = { options?: string[]; exitCode?: number; base: string; url: string };

/** `behalf mcp wrap` before a server that keeps every byte which reaches it, spoken to line by line. */
export function wrapped({ options = [], exitCode = 0, base, url }: Wrapping) {
  const folder = mkdtempSync(join(base, "w-"));
  const log = join(folder, "log");
  // Nothing has reached a server that has not started yet.
  writeFileSync(log, "");
  const server = [process.execPath, join(import.meta.dirname, "recording-server.ts"), log, String(exitCode)];
  const child = spawn(process.execPath, [inject("program"), "mcp", "wrap", ...options, "--", ...server], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      BEHALFID_KEYCHAIN: "off",
      BEHALFID_HOME: join(folder, "home"),
      BEHALFID_BASE_URL: url,
      BEHALFID_AGENT_ID: "agent_1",
      BEHALFID_API_KEY: apiKey,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const ended = new Promise<{ code: number | null; signal: string | null }>((done) => {
    child.on("close", (code, signal) => done({ code, signal }));
  });
  const stdout = () => Buffer.concat(out).toString();
  const answers = () =>
    stdout()
      .split("\n")
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as Answer | Answer[]].flat();
        } catch {
          return [];
        }
      });
  const received = () => readFileSync(log, "utf8");
  let pings = 0;
  return {
    child,
    ended,
    stdout,
    answers,
    stderr: () => stderr,
    /** Every byte that got to the server. */
    received,
    send: (...lines: (string | Buffer)[]) => {
      for (const line of lines) child.stdin.write(typeof line === "string" ? `${line}\n` : line);
    },
    /** The answer to a request, once it is there. */
    answer: (id: unknown) =>
      vi.waitFor(() => {
        const found = answers().find((answer) => answer.id === id);
        expect(found, `${String(id)} in ${stdout()}${stderr}`).toBeDefined();
        return found as Answer;
      }, patience),
    /** Waits until the server has answered something that was sent now. */
    async settled() {
      pings += 1;
      const id = `ping-${pings}`;
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method: "ping" })}\n`);
      await vi.waitFor(() => expect(stdout()).toContain(`"${id}"`), patience);
    },
    async end() {
      child.stdin.end();
      return ended;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

export function call(id: unknown, name = "delete_all", given: unknown = { force: true }): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: given } });
}

export function textOf({ result }: Answer): string {
  return result?.content?.[0]?.text ?? "";
}
