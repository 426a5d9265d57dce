// Runs before the npm scripts, on a fresh clone with the host's Node: plain JavaScript and no dependency.

import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = resolve(import.meta.dirname, "../..");

// The first Node that runs TypeScript files as they are; wrangler and vitest ask for 22.12.
const oldestNode = { major: 22, minor: 18 };

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean, link?: boolean }> | undefined}
 */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), "utf8")).packages;
  } catch {
    return undefined;
  }
}

// Contents, not times: a checkout gives every file the same time, and touching the lock changes nothing.
function isInstalled() {
  const wanted = packagesOf("package-lock.json") ?? {};
  const installed = packagesOf("node_modules/.package-lock.json");
  if (!installed) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true;
    const found = installed[path];
    // What npm wrote down is true until somebody takes a folder away.
    return found ? found.version === version && existsSync(join(root, path)) : optional === true;
  });
}

// Holds a file for each process that installs, named by its number. It is out of the way of npm, which deletes
// node_modules first.
const marker = join(root, ".cache/installing");

/** Takes the marker, with a file in it from the first moment. False where another has it. */
function isFirst() {
  const own = `${marker}.${process.pid}`;
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, String(process.pid)), "");
  try {
    renameSync(own, marker);
  } catch {
    rmSync(own, { recursive: true, force: true });
    return false;
  }
  process.once("exit", removeMarker);
  return true;
}

// In one step, because an empty marker can be taken.
function removeMarker() {
  const removed = `${marker}.${process.pid}`;
  try {
    renameSync(marker, removed);
  } catch {
    // Another was faster.
  }
  rmSync(removed, { recursive: true, force: true });
}

// Longer than npm ever takes: by then the number of a process that was killed may be another's.
const longestMs = 30 * 60_000;

/** Who installs now. Whoever was killed left its marker, and npm may go on without it. */
function installing() {
  try {
    if (Date.now() - statSync(marker).mtimeMs > longestMs) return [];
    // In a container the numbers come again: a marker with the one of this process is an earlier one's.
    return readdirSync(marker).filter((pid) => Number(pid) !== process.pid && isAlive(Number(pid)));
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function install() {
  console.log("Installing dependencies (npm ci) …");
  const npm = spawn("npm", ["ci", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  if (npm.pid !== undefined) writeFileSync(join(marker, String(npm.pid)), "");
  let output = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.on("data", (chunk) => (output += chunk));
  const status = await new Promise((done) => npm.once("error", done).once("close", done));
  if (status !== 0) {
    console.error(output.trim());
    console.error("Installing dependencies failed. Run `npm ci` to see why.");
    process.exit(1);
  }
}

// Two at once in one folder would delete each other's files.
let hasSaid = false;
while (!isInstalled()) {
  if (isFirst()) {
    if (!isInstalled()) await install();
    break;
  }
  const others = installing();
  if (others?.length === 0) removeMarker();
  else if (others !== undefined && !hasSaid) {
    hasSaid = true;
    console.log(`Waiting for process ${others.join(", ")} to install dependencies (it holds ${marker}) …`);
  }
  await sleep(100);
}

const bundled = join(root, "node_modules/.bin", process.platform === "win32" ? "node.cmd" : "node");
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const isNewEnough = major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor);

if (!existsSync(bundled) && !isNewEnough) {
  console.error(
    `This system needs Node ${oldestNode.major}.${oldestNode.minor} or newer and has ${process.versions.node}. ` +
      "Install it from https://nodejs.org, then run the command again.",
  );
  process.exit(1);
}
