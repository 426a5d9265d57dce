import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../running-system.ts";

const cache = join(root, "node_modules/.cache/behalf-clients");
const probeMs = 30_000;
const installMs = 9 * 60_000;
const pollMs = 200;

type Npm = { isDone: boolean; said: string };

/**
 * A program that tests drive and that is too big to depend on, installed into a cache when it is first needed: the
 * folder whose `node_modules` has it. Undefined, after a line that cannot be overlooked, when the registry does not
 * give it. Where the registry does, an installation that fails is thrown: a test must not be skipped for that.
 *
 * Await it while tests are collected, where no time limit holds: `const folder = await installClient(name, version)`,
 * then `test.skipIf(folder === undefined)`.
 */
export async function installClient(name: string, version: string): Promise<string | undefined> {
  const folder = join(cache, `${name.replace(/^@/, "").replaceAll("/", "+")}@${version}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  await using _ = await lock(`${folder}.lock`);
  if (existsSync(folder)) return folder;

  const exact = `${name}@${version}`;
  const found = await npm(cache, ["view", exact, "version", "--fetch-retries=1"], probeMs);
  if (!found.isDone) {
    const why = found.said.split("\n").filter((line) => line.startsWith("npm error"));
    console.warn(
      `\n!!! NOT TESTED with ${exact}: the registry did not give it.\n${why.slice(0, 3).join("\n")}\n`,
    );
    return undefined;
  }
  const draft = `${folder}.${process.pid}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft);
  await writeFile(join(draft, "package.json"), '{ "private": true }\n');
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", "--loglevel=error"];
  const installed = await npm(draft, ["install", ...flags, exact], installMs);
  if (!installed.isDone) {
    await rm(draft, { recursive: true, force: true });
    throw new Error(`${exact} could not be installed: ${installed.said}`);
  }
  await rename(draft, folder);
  return folder;
}

function npm(cwd: string, args: string[], limitMs: number): Promise<Npm> {
  const child = spawn("npm", args, {
    cwd,
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: limitMs,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  return new Promise((done) => {
    child.once("error", ({ message }) => done({ isDone: false, said: message }));
    child.once("close", (code) => done({ isDone: code === 0, said: said.trim() }));
  });
}

/** One installation at a time, also among processes. A lock whose owner has died is nobody's. */
async function lock(file: string): Promise<AsyncDisposable> {
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx" });
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const owner = Number(await readFile(file, "utf8").catch(() => ""));
    if (owner > 0 && !isAlive(owner)) await rm(file, { force: true });
    else
      await new Promise((done) => {
        setTimeout(done, pollMs);
      });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
