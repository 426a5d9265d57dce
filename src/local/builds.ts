import { createHash, randomUUID } from "node:crypto";
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
import { basename, dirname, join } from "node:path";

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
// Much longer than an instance that runs takes to say again that it uses its builds, or than a build takes.
const unusedMs = 3_600_000;

/**
 * Where the build of a part that belongs to these sources is, or has to be put. Contents are compared and not times,
 * because a checkout gives every file the same time. An instance goes on serving its own builds whatever is built after
 * them, as long as it keeps marking them as used.
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
  const partial = partialOf(folder);
  mkdirSync(partial, { recursive: true });
  return partial;
}

/** Moves a finished build to its place, in one step: nobody ever serves half of one. */
export function keepBuild({ part, folder }: Build, partial: string): void {
  try {
    renameSync(partial, folder);
  } catch {
    if (existsSync(join(folder, parts[part].mainFile))) {
      // Another instance was faster with the same build.
      rmSync(partial, { recursive: true, force: true });
    } else {
      // What is in its place is no build.
      remove(folder);
      renameSync(partial, folder);
    }
  }
}

/** Marks a build as in use, if it is still there. */
export function markUsed({ folder }: Pick<Build, "folder">, now: Date): void {
  try {
    utimesSync(folder, now, now);
  } catch {
    // Whoever deleted it, or keeps it from being marked, is no reason for an instance that serves it to end.
  }
}

/** Marks a build as in use and forgets those of its part that are neither among the last few nor in use. */
export function useBuild(build: Build, now: Date): void {
  markUsed(build, now);
  const builds = dirname(build.folder);
  const byAge = readdirSync(builds)
    .flatMap((name) => {
      const path = join(builds, name);
      const usedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      // Another instance may just have removed it.
      return usedAt === undefined ? [] : [{ path, usedAt }];
    })
    .toSorted((one, other) => other.usedAt - one.usedAt);
  const whole = byAge.filter(({ path }) => !isPartial(path));
  const spare = [...whole.slice(keptBuilds), ...byAge.filter(({ path }) => isPartial(path))];
  for (const { path, usedAt } of spare) if (usedAt <= now.getTime() - unusedMs) remove(path);
}

// A dot, and what no other process comes up with.
const partialOf = (folder: string) => `${folder}.${randomUUID()}`;
const isPartial = (path: string) => basename(path).includes(".");

// Out of its place first, in one step: whoever finds a build there finds all of it, also when this is killed.
function remove(path: string): void {
  const removed = isPartial(path) ? path : partialOf(path);
  try {
    if (removed !== path) renameSync(path, removed);
  } catch {
    // Another instance was faster.
    return;
  }
  rmSync(removed, { recursive: true, force: true });
}

function filesIn(root: string, path: string, except: string[]): string[] {
  if (except.includes(path)) return [];
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path))
    .filter((name) => name !== "dist" && name !== ".wrangler" && name !== "node_modules")
    .toSorted((one, other) => (one < other ? -1 : 1))
    .flatMap((name) => filesIn(root, `${path}/${name}`, except));
}
