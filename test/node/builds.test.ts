import fs, { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type Build,
  buildOf,
  keepBuild,
  markUsed,
  openBuild,
  type PartName,
  useBuild,
} from "../../src/local/builds.ts";

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

const hour = 3_600_000;
const dawn = Date.UTC(2026, 0, 1);

/** Builds the site out of this content, which was last used then. */
function built(content: string, usedAt: number): Build {
  write("dashboard/src/page.tsx", content);
  const build = buildOf(root, "site");
  expect(build.isBuilt).toBe(false);
  const partial = openBuild(build);
  writeFileSync(join(partial, "index.html"), content);
  expect(buildOf(root, "site").isBuilt).toBe(false);
  keepBuild(build, partial);
  expect(buildOf(root, "site").isBuilt).toBe(true);
  markUsed(build, new Date(usedAt));
  return build;
}

const names = (...folders: string[]) => folders.map((folder) => basename(folder)).toSorted();
const kept = () => readdirSync(join(root, ".cache/site")).toSorted();

it("a build is there when it is whole; the last three are kept, and what was used within the hour", () => {
  const [a, b, c, d] = [built("a", dawn), built("b", dawn + 1), built("c", dawn + 2), built("d", dawn + 3)];
  const e = built("e", dawn + 4);
  useBuild(e, new Date(dawn + hour - 1));
  expect(kept()).toEqual(names(a.folder, b.folder, c.folder, d.folder, e.folder));
  useBuild(e, new Date(dawn + hour));
  expect(kept()).toEqual(names(b.folder, c.folder, d.folder, e.folder));
  // What killed starts left takes no build's place.
  const [old, young] = [openBuild(a), openBuild(a)];
  markUsed({ folder: old }, new Date(dawn + hour));
  markUsed({ folder: young }, new Date(dawn + hour + 1));
  useBuild(e, new Date(dawn + 2 * hour));
  expect(kept()).toEqual(names(c.folder, d.folder, e.folder, young));
});

it("a build that is half deleted is no build any more", () => {
  rmSync(join(root, ".cache"), { recursive: true });
  const doomed = built("doomed", dawn);
  for (const content of ["x", "y"]) built(content, dawn + 1);
  const { rmSync: remove } = fs;
  fs.rmSync = () => {
    throw new Error("killed");
  };
  syncBuiltinESMExports();
  try {
    expect(() => useBuild(built("new", dawn), new Date(dawn + 4 * hour))).toThrow("killed");
  } finally {
    fs.rmSync = remove;
    syncBuiltinESMExports();
  }
  expect(existsSync(doomed.folder)).toBe(false);
  // An older version deleted in place: that is built over.
  mkdirSync(join(doomed.folder, "assets"), { recursive: true });
  built("doomed", dawn);
});
