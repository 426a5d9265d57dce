import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");
const password = "a long passphrase";

export type Account = { email: string; password: string; cookie: string };

/** What `npm start` starts, on a free port and with a state of its own. */
export async function runningServer() {
  const state = await mkdtemp(join(tmpdir(), "behalf-cli-state-"));
  const port = await freePort();
  const child = spawn(process.execPath, ["src/local/start.ts"], {
    cwd: root,
    env: { ...process.env, PORT: String(port), BEHALF_STATE_DIR: state, SIGNUP_MODE: "open" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const ready = (async () => {
    for await (const text of child.stdout) if (String(text).includes("Ready on ")) return;
    throw new Error("The server ended before it was ready.");
  })();
  await ready;
  const url = `http://localhost:${port}`;

  const post = async (path: string, body: object, cookie?: string) =>
    fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", origin: url, ...(cookie ? { cookie } : {}) },
      body: JSON.stringify(body),
    });
  return {
    url,
    post,
    async signUp(name: string): Promise<Account> {
      const email = `${name}@example.com`;
      const response = await post("/api/auth/signup", { email, password });
      if (!response.ok) throw new Error(await response.text());
      const cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      return { email, password, cookie };
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
      await rm(state, { recursive: true, force: true });
    },
  };
}

export type RunningServer = Awaited<ReturnType<typeof runningServer>>;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
