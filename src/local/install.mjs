// Runs before the npm scripts, on a fresh clone with the host's Node: plain JavaScript and no dependency.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

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
    return found ? found.version === version : optional === true;
  });
}

if (!isInstalled()) {
  console.log("Installing dependencies (npm ci) …");
  const { status, stdout, stderr } = spawnSync("npm", ["ci", "--loglevel=error"], {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(`${stdout ?? ""}${stderr ?? ""}`.trim());
    console.error("Installing dependencies failed. Run `npm ci` to see why.");
    process.exit(1);
  }
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
