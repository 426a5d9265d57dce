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
import { dirname, join } from "node:path";

/** A part of the product that is built, in a folder that is named after what it was built from. */
export type Build = { part: PartName; folder: string; isBuilt: boolean };

type Part = {
  /** What ends up in the build, or may at any time, and what decides how it is built. */
  sources: string[];
  /** What of it cannot. */
  except?: string[];
  /** The file that every build of it has. */
  mainFile: string;
};
export type PartName = keyof typeof parts;

const parts = {
  /** The Worker as it is deployed, and what Pages runs in front of it. */
  workers: {
    sources: [
      "src",
      "src/local/build-workers.ts",
      "wrangler.toml",
      "dashboard/functions",
      "dashboard/wrangler.toml",
      "tsconfig.json",
      "package-lock.json",
    ],
    except: ["src/cli", "src/local"],
    mainFile: "workers.json",
  },
  /** The dashboard. Decisions and the contract run in the browser, too. */
  site: {
    sources: ["dashboard", "src/contract", "src/decision", "src/sdk", "src/crypto", "package-lock.json"],
    mainFile: "index.html",
  },
} satisfies Record<string, Part>;

const keptBuilds = 3;

/**
 * Where the build of a part that belongs to these sources is, or has to be put. Contents are compared and not times,
 * because a checkout gives every file the same time; and a running instance keeps its own builds whatever is built
 * after them.
 */
export function buildOf(root: string, part: PartName): Build {
  const { sources, except = [], mainFile }: Part = parts[part];
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of filesIn(root, source, except)) {
      const content = readFileSync(join(root, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  const folder = join(root, ".cache", part, hash.digest("hex").slice(0, 24));
  return { part, folder, isBuilt: existsSync(join(folder, mainFile)) };
}

/** A folder to build into, beside the one that the build will be moved to. */
export function openBuild({ folder }: Build): string {
  const partial = `${folder}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  return partial;
}

/** Moves a finished build to its place, in one step: nobody ever serves half of one. */
export function keepBuild({ part, folder }: Build, partial: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another instance was faster with the same build.
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(join(folder, parts[part].mainFile))) throw error;
  }
}

/** Marks a build as the newest in use and forgets all but the last few. */
export function useBuild({ folder }: Build, now: Date): void {
  utimesSync(folder, now, now);
  const builds = dirname(folder);
  const byAge = readdirSync(builds)
    .map((name) => ({ path: join(builds, name), usedAt: statSync(join(builds, name)).mtimeMs }))
    .toSorted((one, other) => other.usedAt - one.usedAt);
  for (const { path } of byAge.slice(keptBuilds)) rmSync(path, { recursive: true, force: true });
}

function filesIn(root: string, path: string, except: string[]): string[] {
  if (except.includes(path)) return [];
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path))
    .filter((name) => name !== "dist" && name !== ".wrangler" && name !== "node_modules")
    .toSorted((one, other) => (one < other ? -1 : 1))
    .flatMap((name) => filesIn(root, `${path}/${name}`, except));
}
