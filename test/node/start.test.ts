import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { fireCrons } from "../../src/local/crons.ts";
import { freePort } from "../../src/local/free-port.ts";

const root = resolve(import.meta.dirname, "../..");
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

describe("npm start", () => {
  it(
    "serves, keeps its state over a restart, runs beside another and ends when a part of it dies",
    { timeout: 400_000 },
    async () => {
      const [port, otherPort, thirdPort] = [await freePort(), await freePort(), await freePort()];
      const [folder, otherFolder] = [await stateFolder(), await stateFolder()];

      // Whoever holds a state keeps others out before it answers, or while it hangs, and no longer than it lives.
      const holder = await holderOf(folder);
      const tooEarly = begin(port, folder);
      expect(await tooEarly.outcome).toBe(1);
      expect(tooEarly.errors()).toBe(
        `${folder} is used by another instance. Choose another: BEHALF_STATE_DIR=… npm start\n`,
      );
      expect(await readdir(folder)).toEqual(["instance.lock"]);
      expect((await stat(join(folder, "instance.lock"))).mode & 0o777).toBe(0o600);
      holder.kill("SIGKILL");
      await once(holder, "exit");

      // What a killed instance left and does not end is not started beside.
      const stuckFolder = await stateFolder();
      const stuck = leftBehind(stuckFolder);
      const record = join(stuckFolder, "running.json");
      await writeFile(record, JSON.stringify({ port: otherPort, pid: 1, groups: [stuck] }));
      const besideStuck = begin(otherPort, stuckFolder);

      const first = begin(port, folder);
      expect(await first.ready).toBe(`Ready on http://localhost:${port}\n`);
      expect((await fetch(`http://localhost:${port}/api/health`)).status).toBe(200);
      await expectTheSite(`http://localhost:${port}`);
      const secrets = await readFile(join(folder, "local.env"), "utf8");
      expect(secrets).toMatch(/^BETTER_AUTH_SECRET=\S{44}\nSEALING_KEY=\S{44}\n$/);
      expect((await stat(join(folder, "local.env"))).mode & 0o777).toBe(0o600);
      expect(await commandLines(folder)).not.toEqual([]);
      // No trace of any request is kept beside what the product keeps.
      expect(await readdir(join(folder, "data/v3"))).not.toContain("observability");
      for (const line of await commandLines("")) {
        for (const secret of secrets.match(/(?<==)\S+/g) ?? []) expect(line).not.toContain(secret);
      }

      expect(await fireCrons(first.child)).toBe(true);
      // Over HTTP any page could start sweeps without end.
      const [, apiPort] = /--api-port=(\d+)/.exec((await commandLines(folder)).join("\n")) ?? [];
      const overHttp = `http://127.0.0.1:${apiPort}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`;
      expect((await fetch(overHttp)).status).toBe(404);
      first.child.kill("SIGINT");
      expect(await first.exitCode).toBe(0);
      expect(await commandLines(folder)).toEqual([]);

      expect(await besideStuck.outcome).toBe(1);
      expect(besideStuck.errors()).toBe(
        `${stuckFolder} is still used by process group ${stuck} of an instance that was killed. ` +
          `End it, or delete ${record} if it is another program's.\n`,
      );
      expect((await readdir(stuckFolder)).toSorted()).toEqual(["instance.lock", "running.json"]);

      const again = begin(port, folder);
      const other = begin(otherPort, otherFolder);
      expect(await again.ready).toBe(`Ready on http://localhost:${port}\n`);
      expect(await readFile(join(folder, "local.env"), "utf8")).toBe(secrets);
      await other.ready;
      for (const up of [port, otherPort]) {
        expect((await fetch(`http://localhost:${up}/api/health`)).status).toBe(200);
      }

      const samePort = begin(port, await stateFolder());
      expect(await samePort.exitCode).toBe(1);
      expect(samePort.errors()).toBe(`Port ${port} is in use. Choose another: PORT=${port + 1} npm start\n`);

      const sameFolder = begin(thirdPort, folder);
      expect(await sameFolder.exitCode).toBe(1);
      expect(sameFolder.errors()).toContain(`${folder} is used by the instance on port ${port}.`);
      expect(JSON.parse(await readFile(join(folder, "running.json"), "utf8"))).toMatchObject({ port });

      // The runtime alone is started again, on the same state.
      const runtime = (await processesOf(folder)).find(({ line }) => line.includes("workerd"));
      process.kill(runtime?.pid ?? Number.NaN, "SIGKILL");
      await until(async () => (await processesOf(folder)).every(({ pid }) => pid !== runtime?.pid));
      await until(
        async () => (await fetch(`http://localhost:${port}/api/health`).catch(() => undefined))?.ok === true,
      );
      // The clock's work goes on, too.
      expect(await fireCrons(again.child)).toBe(true);

      // A server that dies takes the rest with it, and the log is shown.
      for (const [instance, state] of [
        [again, folder],
        [other, otherFolder],
      ] as const) {
        const server = (await processesOf(state)).find(({ line }) => line.includes("serve.ts"));
        process.kill(server?.pid ?? Number.NaN, "SIGKILL");
        expect(await instance.exitCode).toBe(1);
        expect(instance.errors()).toContain("server ended (SIGKILL)");
        await until(async () => (await commandLines(state)).length === 0);
      }
    },
  );

  it("ends everything when npm is ended, even while it is still starting", { timeout: 400_000 }, async () => {
    const folder = await stateFolder();
    const viaNpm = begin(await freePort(), folder, ["npm", "start"]);
    await until(async () => (await commandLines(folder)).some((line) => line.includes("serve.ts")));
    viaNpm.child.kill("SIGTERM");
    await viaNpm.exitCode;
    await until(async () => (await commandLines(folder)).length === 0);
    expect(viaNpm.errors()).not.toContain("Error");
  });
});

/** The dashboard and the API at one address, and neither in the place of the other. */
async function expectTheSite(origin: string): Promise<void> {
  for (const path of ["/", "/dashboard/approvals", "/device?userCode=BCDF-GHJK", "/no/such/page"]) {
    const page = await fetch(origin + path);
    expect([path, page.status, page.headers.get("content-type")]).toEqual([
      path,
      200,
      "text/html; charset=utf-8",
    ]);
    expect(await page.text()).toContain(`<div id="root">`);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
    expect(policy).not.toContain("unsafe");
    expect(page.headers.get("access-control-allow-origin")).toBeNull();
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  }
  for (const method of ["GET", "POST", "PUT", "DELETE"]) {
    const missing = await fetch(`${origin}/api/no/such/route`, {
      method,
      ...(method === "GET" ? {} : { body: "{}", headers: { "Content-Type": "application/json" } }),
    });
    expect(missing.status).toBe(404);
    expect(missing.headers.get("content-type")).toBe("application/problem+json");
    expect(await missing.json()).toMatchObject({ code: "NOT_FOUND", status: 404 });
  }
  const head = await fetch(`${origin}/api/health`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
}

function begin(port: number, folder: string, command = [process.execPath, "src/local/start.ts"]) {
  const [program = "", ...args] = command;
  const child: ChildProcess = spawn(program, args, {
    cwd: root,
    env: { ...process.env, PORT: String(port), BEHALF_STATE_DIR: folder },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  let errors = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (errors += chunk));
  const exitCode = new Promise<number | null>((done) => child.once("exit", done));
  const ready = (async () => {
    await Promise.race([until(() => output.includes("Ready on")), exitCode]);
    if (!output.includes("Ready on")) throw new Error(`It ended: ${errors}`);
    return output;
  })();
  ready.catch(() => undefined);
  cleanUps.push(async () => {
    child.kill("SIGTERM");
    await exitCode;
  });
  const outcome = Promise.race([exitCode, ready]);
  return { child, exitCode, ready, outcome, errors: () => errors };
}

/** A process that holds a state and does nothing else. */
async function holderOf(folder: string): Promise<ChildProcess> {
  const { href } = new URL("../../src/local/instance.ts", import.meta.url);
  const script = `
    import { holdState } from ${JSON.stringify(href)};
    const held = holdState({ folder: ${JSON.stringify(folder)} });
    process.on("message", held.letGo);
    process.send("held");
  `;
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  cleanUps.push(() => holder.kill("SIGKILL"));
  await once(holder, "message");
  return holder;
}

/** The group of a process that went on when its instance was killed. */
function leftBehind(folder: string): number {
  const { pid = Number.NaN } = spawn("sleep", ["600"], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, BEHALF_STATE_DIR: folder },
  });
  cleanUps.push(() => process.kill(-pid, "SIGKILL"));
  return pid;
}

async function stateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "behalf-start-"));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The processes in whose command line or environment the text appears: all that an instance started. */
async function processesOf(text: string): Promise<{ pid: number; line: string }[]> {
  const found = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    const line = (await read("cmdline")).replaceAll("\0", " ");
    const isOurs = line.includes(text) || (await read("environ")).includes(text);
    if (line !== "" && isOurs && !line.includes("src/local/start.ts") && !line.startsWith("npm")) {
      found.push({ pid: Number(pid), line });
    }
  }
  return found;
}

async function commandLines(text: string): Promise<string[]> {
  return (await processesOf(text)).map(({ line }) => line);
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 170_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error("It did not happen in time.");
    await sleep(50);
  }
}
