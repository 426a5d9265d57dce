import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";

// A clone with one dependency, and an npm that writes down when it begins and ends.
const npm = `#!${process.execPath}
const fs = require("node:fs");
fs.appendFileSync("npm.log", "begins\\n");
const end = () => {
  // The test is over.
  if (!fs.existsSync("package-lock.json")) process.exit(1);
  if (!fs.existsSync("go")) return setTimeout(end, 10);
  fs.mkdirSync("node_modules/zod", { recursive: true });
  fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json");
  fs.appendFileSync("npm.log", "ends\\n");
};
end();
`;
let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "behalf-install-"));
  mkdirSync(join(clone, "src/local"), { recursive: true });
  copyFileSync(resolve("src/local/install.mjs"), join(clone, "src/local/install.mjs"));
  const packages = { "": {}, "node_modules/zod": { version: "1.0.0" } };
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify({ packages }));
  mkdirSync(join(clone, "bin"));
  writeFileSync(join(clone, "bin/npm"), npm, { mode: 0o755 });
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

function begin() {
  const child: ChildProcess = spawn(process.execPath, [join(clone, "src/local/install.mjs")], {
    cwd: clone,
    env: { ...process.env, PATH: `${join(clone, "bin")}${delimiter}${process.env.PATH}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout?.on("data", (chunk) => (output += chunk));
  return { child, ended: once(child, "exit"), output: () => output };
}

const log = () => (existsSync(join(clone, "npm.log")) ? readFileSync(join(clone, "npm.log"), "utf8") : "");

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error("It did not happen in time.");
    await sleep(10);
  }
}

it(
  "of several that find nothing installed one installs, and the others wait",
  { timeout: 90_000 },
  async () => {
    const all = [begin(), begin(), begin()];
    await until(
      () =>
        all
          .map(({ output }) => output())
          .join("")
          .split("Waiting").length === 3,
    );
    writeFileSync(join(clone, "go"), "");
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    expect(log()).toBe("begins\nends\n");
    expect(existsSync(join(clone, ".cache/installing"))).toBe(false);
  },
);

it(
  "an npm whose starter was killed is waited for, and what is dead is not",
  { timeout: 90_000 },
  async () => {
    const killed = begin();
    await until(() => log() !== "");
    killed.child.kill("SIGKILL");
    await killed.ended;
    const next = begin();
    await until(() => next.output().includes("Waiting"));
    writeFileSync(join(clone, "go"), "");
    expect(await next.ended).toEqual([0, null]);
    expect(log()).toBe("begins\nends\n");
    expect(existsSync(join(clone, ".cache/installing"))).toBe(true);
    // What is missing is installed, though npm wrote down that it is there.
    rmSync(join(clone, "node_modules/zod"), { recursive: true });
    expect(await begin().ended).toEqual([0, null]);
    expect(log()).toBe("begins\nends\nbegins\nends\n");
    // A marker of long ago, with the number of a process that lives: nobody installs.
    const marker = join(clone, ".cache/installing");
    mkdirSync(marker, { recursive: true });
    writeFileSync(join(marker, String(process.pid)), "");
    utimesSync(marker, 0, 0);
    rmSync(join(clone, "node_modules"), { recursive: true });
    expect(await begin().ended).toEqual([0, null]);
  },
);
