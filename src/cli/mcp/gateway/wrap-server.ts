import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { redact } from "../../../crypto/redact.ts";
import type { Context } from "../../context.ts";
import { visibleLine } from "../../output/visible.ts";
import { endOf, type Ended } from "../../run-child.ts";
import type { GatewayFacts } from "./decide-call.ts";
import { Gateway } from "./gateway.ts";
import { Lines } from "./lines.ts";

// More than any client sends, less than would stop this process.
const maxLineBytes = 32 * 1024 * 1024;

/** Starts a server that speaks MCP over stdio and stands before it until it ends. */
export async function wrapServer(
  context: Context,
  file: string,
  [argv0 = file, ...args]: readonly string[],
  facts: GatewayFacts,
): Promise<Ended> {
  const { cwd, output } = context;
  const { stdin, stdout } = output.streams;
  const child = spawn(file, args, {
    argv0,
    cwd,
    env: withoutCredentials(context.env),
    shell: false,
    stdio: ["pipe", "pipe", "inherit"],
  });
  // It may end while something is written to it; how it ended is said by its exit code.
  child.stdin.on("error", () => undefined);
  const gateway = new Gateway({
    connect: async () => ({ client: await context.agent(), agentId: context.agentId() }),
    facts,
    toServer: (bytes) => write(child.stdin, bytes),
    toClient: (bytes) => write(stdout, bytes),
    note: (text) => output.note(visibleLine(redact(text))),
  });
  const ended = endOf(context, child, "close");
  const fromServer = passOn(child.stdout, Number.POSITIVE_INFINITY, (line) =>
    line === "too long" ? Promise.resolve() : gateway.fromServer(line),
  );
  // Not awaited: a client that stays when the server has gone is not waited for.
  void passOn(stdin, maxLineBytes, (line) => gateway.fromClient(line))
    .then(() => gateway.finish())
    .catch(() => undefined)
    .then(() => child.stdin.end());
  const [how] = await Promise.all([ended, fromServer]);
  return how;
}

async function passOn(
  from: AsyncIterable<Buffer>,
  maxBytes: number,
  take: (line: Buffer | "too long") => Promise<void>,
): Promise<void> {
  const lines = new Lines(maxBytes);
  for await (const chunk of from) for (const line of lines.push(chunk)) await take(line);
  for (const line of lines.rest()) await take(line);
}

/** Resolves when the bytes have left, or cannot any more. */
function write(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((done) => {
    stream.write(bytes, () => done());
  });
}

// The agent's key is not the server's, and neither is what a person is known by.
function withoutCredentials(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { BEHALFID_API_KEY: _key, BEHALFID_DEVELOPER_TOKEN: _token, ...others } = env;
  return others;
}
