import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import * as z from "zod";
import { freePort } from "./free-port.ts";

/** Where the demo plays: a system that answers, and a person's token for it. */
export type Stage = {
  baseUrl: string;
  developerToken: string;
  note?: string;
  close: () => Promise<void>;
};

const root = resolve(import.meta.dirname, "../..");
const savedSchema = z.object({ email: z.string(), password: z.string() });

/**
 * The system that is running here, with a developer token from the environment or with the demo's own account;
 * and where none runs, or it takes no demo account, one that is started for the demo and thrown away after it.
 */
export async function openStage(): Promise<Stage> {
  const baseUrl = process.env.BEHALFID_BASE_URL ?? `http://localhost:${process.env.PORT ?? "8787"}`;
  const given = process.env.BEHALFID_DEVELOPER_TOKEN;
  const stay = () => Promise.resolve();
  if (given !== undefined) return { baseUrl, developerToken: given, close: stay };
  if (await answers(baseUrl)) {
    const saved = join(resolve(root, process.env.BEHALF_STATE_DIR || ".behalf-state"), "demo.json");
    const account = await demoAccount(baseUrl, saved);
    if (account !== undefined) {
      const note = `Look around afterwards: sign in as ${account.email} with the password in ${saved}`;
      return { baseUrl, developerToken: account.developerToken, note, close: stay };
    }
  }
  return ownStage();
}

async function answers(baseUrl: string): Promise<boolean> {
  try {
    return (await fetch(`${baseUrl}/api/health`, { signal: AbortSignal.timeout(3000) })).ok;
  } catch {
    return false;
  }
}

/** The demo's account on this system, made now or by an earlier run. Undefined where sign-up is closed. */
async function demoAccount(
  baseUrl: string,
  saved: string,
): Promise<{ email: string; developerToken: string } | undefined> {
  const known = existsSync(saved) ? savedSchema.parse(JSON.parse(readFileSync(saved, "utf8"))) : undefined;
  const account = known ?? { email: "demo@behalfid.example", password: crypto.randomUUID() };
  const signedIn =
    (known && (await post(baseUrl, "/api/auth/login", account))) ??
    (await post(baseUrl, "/api/auth/signup", { ...account, workspace: "Demo" }));
  if (signedIn === undefined) return undefined;
  if (existsSync(resolve(saved, ".."))) writeFileSync(saved, JSON.stringify(account), { mode: 0o600 });
  const cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  const issued = await post(baseUrl, "/api/dashboard/tokens", { name: "npm run demo" }, cookie);
  const { token } = z.object({ token: z.string() }).parse(await issued?.json());
  return { email: account.email, developerToken: token };
}

async function post(
  baseUrl: string,
  path: string,
  body: object,
  cookie?: string,
): Promise<Response | undefined> {
  const response = await fetch(`${baseUrl}${path}`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Origin: baseUrl,
      ...(cookie === undefined ? {} : { Cookie: cookie }),
    },
    body: JSON.stringify(body),
  });
  return response.ok ? response : undefined;
}

async function ownStage(): Promise<Stage> {
  const state = mkdtempSync(join(tmpdir(), "behalf-demo-"));
  const port = await freePort();
  const baseUrl = `http://localhost:${port}`;
  const server = spawn(process.execPath, [join(import.meta.dirname, "start.ts")], {
    cwd: root,
    env: { ...process.env, PORT: String(port), BEHALF_STATE_DIR: state },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(server, "exit");
  const close = async () => {
    server.kill("SIGTERM");
    await ended;
    rmSync(state, { recursive: true, force: true });
  };
  process.once("SIGINT", () => void close().then(() => process.exit(130)));
  try {
    await Promise.race([
      ready(server.stdout),
      ended.then(() => {
        throw new Error("The system for the demo did not start.");
      }),
    ]);
    const account = await demoAccount(baseUrl, join(state, "demo.json"));
    if (account === undefined) throw new Error("The system for the demo took no account.");
    return {
      baseUrl,
      developerToken: account.developerToken,
      note: "It was started for the demo and ends with it.",
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ready(output: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface({ input: output })) if (line.startsWith("Ready on ")) return;
}
