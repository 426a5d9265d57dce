import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../src/local/free-port.ts";
import { onRequest } from "../../dashboard/functions/api/[[path]].ts";
import { echoWorker } from "./echo-worker.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "behalf-proxy-"));
const started: ChildProcess[] = [];
let site: string;
let direct: string;

beforeAll(async () => {
  mkdirSync(join(folder, "site"));
  writeFileSync(join(folder, "site/index.html"), "the site");
  writeFileSync(join(folder, "echo.js"), echoWorker);
  writeFileSync(
    join(folder, "wrangler.toml"),
    `name = "behalfid"\nmain = "echo.js"\ncompatibility_date = "2026-10-23"\n`,
  );
  const [sitePort, apiPort] = [await freePort(), await freePort()];
  site = `http://127.0.0.1:${sitePort}`;
  direct = `http://127.0.0.1:${apiPort}`;
  wrangler(folder, ["dev", "--local", `--port=${apiPort}`]);
  await answers(`${direct}/api/health`);
  const pages = ["pages", "dev", join(folder, "site"), "--service=API=behalfid", `--port=${sitePort}`];
  wrangler(join(root, "dashboard"), pages);
  await answers(`${site}/api/health`);
});

afterAll(async () => {
  for (const child of started) {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("the site in front of the API", () => {
  it.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
    "hands on a %s as it came",
    async (method) => {
      const response = await fetch(`${site}/api/a/%2Fb?q=%C3%A4&status=409`, {
        method,
        headers: {
          "Content-Type": "application/json",
          Authorization: "Bearer bhf_sk_x",
          Cookie: "behalfid_developer=abc",
          Origin: "https://elsewhere.example",
          "Idempotency-Key": "k1",
        },
        ...(method === "GET" ? {} : { body: `{"a":"ä"}` }),
      });
      expect([
        response.status,
        response.headers.get("X-Request-Id"),
        response.headers.get("Retry-After"),
      ]).toEqual([409, "req_1", "7"]);
      expect(response.headers.get("Content-Security-Policy")).toBeNull();
      expect(await response.json()).toMatchObject({
        method,
        path: "/api/a/%2Fb?q=%C3%A4&status=409",
        body: method === "GET" ? "" : `{"a":"ä"}`,
        headers: {
          authorization: "Bearer bhf_sk_x",
          cookie: "behalfid_developer=abc",
          origin: "https://elsewhere.example",
          "idempotency-key": "k1",
          host: new URL(site).host,
        },
      });
    },
  );

  it.each([401, 404, 413, 429, 500, 503])("hands back a %i as it is", async (status) => {
    const response = await fetch(`${site}/api/x?status=${status}`);
    expect(response.status).toBe(status);
    const head = await fetch(`${site}/api/x?status=${status}`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([status, ""]);
  });

  it("keeps several cookies apart", async () => {
    const response = await fetch(`${site}/api/cookies`);
    expect([response.status, response.headers.getSetCookie()]).toEqual([
      204,
      ["a=1; HttpOnly", "b=2; Path=/"],
    ]);
  });

  it("streams: the first line is here before the last is written", async () => {
    const began = performance.now();
    const lines: number[] = [];
    await new Promise<void>((done, failed) => {
      request(`${site}/api/stream`, (response) => {
        response.on("data", () => lines.push(performance.now() - began));
        response.on("end", done);
      })
        .on("error", failed)
        .end();
    });
    expect(lines.length).toBe(4);
    expect((lines.at(-1) ?? 0) - (lines[0] ?? 0)).toBeGreaterThan(600);
  });

  it("holds an answer as long as the API does", async () => {
    const began = performance.now();
    expect(await (await fetch(`${site}/api/held?ms=3000`)).text()).toBe("held");
    expect(performance.now() - began).toBeGreaterThanOrEqual(2900);
  });

  it("passes WebSockets both ways", async () => {
    const socket = new WebSocket(`${site.replace("http", "ws")}/api/dashboard/live`);
    const events: string[] = [];
    await new Promise<void>((done, failed) => {
      socket.addEventListener("open", () => socket.send("hello"));
      socket.addEventListener("message", ({ data }) => {
        events.push(String(data));
        socket.close(4001);
      });
      socket.addEventListener("close", () => done());
      socket.addEventListener("error", () => failed(new Error("The socket failed.")));
    });
    expect(events).toEqual(["echo hello"]);
  });

  it("gives every other address to the site", async () => {
    for (const path of ["/", "/apis", "/dashboard/api/x", "/device"])
      expect([path, await (await fetch(site + path)).text()]).toEqual([path, "the site"]);
  });

  it("adds little to a request", async () => {
    const median = async (origin: string) => {
      const times: number[] = [];
      for (let call = 0; call < 100; call++) {
        const began = performance.now();
        await (await fetch(`${origin}/api/x`)).text();
        times.push(performance.now() - began);
      }
      return times.toSorted((one, other) => one - other)[50] ?? 0;
    };
    const [alone, behind] = [await median(direct), await median(site)];
    console.log(`The site adds ${(behind - alone).toFixed(1)} ms to the API's ${alone.toFixed(1)} ms.`);
    // On a quiet machine it is 2 to 5 ms; what is caught here is a connection or a copy too many.
    expect(behind - alone).toBeLessThan(50);
  });
});

describe("the site without the API", () => {
  it.each([
    ["/api/verify", "VERIFY_FAILED_CLOSED", "Do not execute the action. Try again in a moment."],
    ["/api/verify/explain", "VERIFY_FAILED_CLOSED", "Do not execute the action. Try again in a moment."],
    ["/api/verifyx", "UNAVAILABLE", "Try again in a moment."],
    ["/api/dashboard/agents", "UNAVAILABLE", "Try again in a moment."],
  ])("answers %s with a problem that permits nothing", async (path, code, hint) => {
    const API = { fetch: () => Promise.reject(new Error("The Worker is not there.")) };
    const context = { request: new Request(`https://behalfid.example${path}`), env: { API } };
    const response = await onRequest(context);
    expect([response.status, response.headers.get("Content-Type")]).toEqual([
      503,
      "application/problem+json",
    ]);
    expect(await response.json()).toMatchObject({ status: 503, code, hint });
  });
});

function wrangler(cwd: string, args: string[]): void {
  const program = join(root, "node_modules/wrangler/bin/wrangler.js");
  const quiet = [
    "--ip=127.0.0.1",
    "--inspector-port=0",
    "--show-interactive-dev-session=false",
    "--log-level=warn",
  ];
  const child = spawn(process.execPath, [program, ...args, ...quiet], {
    cwd,
    env: {
      ...process.env,
      CI: "1",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_LOG_PATH: join(folder, "logs"),
      WRANGLER_REGISTRY_PATH: join(folder, "registry"),
    },
    stdio: "ignore",
  });
  started.push(child);
}

async function answers(url: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const isThere = await fetch(url, { signal: AbortSignal.timeout(2000) })
      .then(async (response) => (await response.text()) !== "" && response.ok)
      .catch(() => false);
    if (isThere) return;
    if (Date.now() > deadline) throw new Error(`${url} did not answer in time.`);
    await sleep(50);
  }
}
