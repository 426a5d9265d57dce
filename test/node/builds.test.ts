import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildOf, keepBuild, openBuild, type PartName, useBuild } from "../../src/local/builds.ts";

const root = mkdtempSync(join(tmpdir(), "behalf-builds-"));

beforeAll(() => {
  for (const file of ["wrangler.toml", "tsconfig.json", "package-lock.json", "dashboard/wrangler.toml"])
    write(file, "");
  for (const room of ["api", "cli", "contract", "crypto", "decision", "sdk"]) write(`src/${room}/a.ts`, "1");
  write("dashboard/functions/api.ts", "1");
  write("src/local/build-workers.ts", "1");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

const folders = () => (["workers", "site"] as const).map((part) => buildOf(root, part).folder);

it.each<[string, PartName[]]>([
  ["src/api/a.ts", ["workers"]],
  ["src/api/new.ts", ["workers"]],
  ["src/decision/a.ts", ["workers", "site"]],
  ["dashboard/functions/api.ts", ["workers", "site"]],
  ["dashboard/src/page.tsx", ["site"]],
  ["wrangler.toml", ["workers"]],
  ["package-lock.json", ["workers", "site"]],
  ["src/local/build-workers.ts", ["workers"]],
  ["src/cli/a.ts", []],
])("a change of %s asks for new builds of %j", (file, parts) => {
  const before = folders();
  write(file, "2");
  const changed = folders().map((folder, index) => folder !== before[index]);
  expect(changed).toEqual([parts.includes("workers"), parts.includes("site")]);
});

it("a build is there when it is whole, and the last three of a part are kept", () => {
  for (const content of ["a", "b", "c", "d"]) {
    write("dashboard/src/page.tsx", content);
    const build = buildOf(root, "site");
    expect(build.isBuilt).toBe(false);
    const partial = openBuild(build);
    writeFileSync(join(partial, "index.html"), content);
    expect(buildOf(root, "site").isBuilt).toBe(false);
    keepBuild(build, partial);
    expect(buildOf(root, "site").isBuilt).toBe(true);
    useBuild(build, new Date(Date.UTC(2026, 0, 1, 0, 0, content.charCodeAt(0))));
  }
  const kept = readdirSync(join(root, ".cache/site"));
  expect(kept).toHaveLength(3);
  expect(kept).toContain(basename(buildOf(root, "site").folder));
});
