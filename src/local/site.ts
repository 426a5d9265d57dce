import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";

/** A build of the dashboard, in a folder that is named after what it was built from. */
export type Site = { folder: string; isBuilt: boolean };

// What ends up in the build. Decisions and the contract run in the browser, too.
const sources = ["dashboard", "src/contract", "src/decision", "src/sdk", "src/crypto", "package-lock.json"];
const keptBuilds = 3;

/**
 * Where the site that belongs to these sources is, or has to be built. Contents are compared and not times, because a
 * checkout gives every file the same time; and a running instance keeps its own build whatever is built after it.
 */
export function siteOf(root: string): Site {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of filesIn(root, source)) {
      const content = readFileSync(join(root, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  const folder = join(root, ".cache/site", hash.digest("hex").slice(0, 24));
  return { folder, isBuilt: existsSync(join(folder, "index.html")) };
}

/** A folder to build into, beside the one that the build will be moved to. */
export function openBuild({ folder }: Site): string {
  const partial = `${folder}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  return partial;
}

/** Moves a finished build to its place, in one step: nobody ever serves half of one. */
export function keepBuild(site: Site, partial: string): void {
  try {
    renameSync(partial, site.folder);
  } catch (error) {
    // Another instance was faster with the same build.
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(join(site.folder, "index.html"))) throw error;
  }
}

/** Marks a build as the newest in use and forgets all but the last few. */
export function useBuild({ folder }: Site, now: Date): void {
  utimesSync(folder, now, now);
  const builds = join(folder, "..");
  const byAge = readdirSync(builds)
    .map((name) => ({ path: join(builds, name), usedAt: statSync(join(builds, name)).mtimeMs }))
    .toSorted((one, other) => other.usedAt - one.usedAt);
  for (const { path } of byAge.slice(keptBuilds)) rmSync(path, { recursive: true, force: true });
}

function filesIn(root: string, path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter(({ name }) => name !== "dist" && name !== ".wrangler" && name !== "node_modules")
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const inside = `${path}/${entry.name}`;
      return entry.isDirectory() ? filesIn(root, inside) : [inside];
    });
}
