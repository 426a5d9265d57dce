// Builds and packs what is published: `npm run pack:cli -- --pack-destination DIR`.
//
// The manifest is generated, not this repository's: whoever installs the package gets neither the server's
// libraries nor Node nor a script that runs on installation.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build, type Metafile } from "esbuild";
import * as z from "zod";
import { bundleProgram } from "./bundle-program.ts";

type Entry = { export: string; room: string; file: string };

const entries: Entry[] = [{ export: ".", room: "sdk", file: "index" }];

const root = resolve(import.meta.dirname, "../..");
const manifest = z
  .object({
    name: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.string(),
    engines: z.object({ node: z.string() }),
    dependencies: z.record(z.string(), z.string()),
    optionalDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));

const { values } = parseArgs({ options: { "pack-destination": { type: "string", default: "." } } });
// npm runs scripts in the root; a relative folder is meant from where the person stands.
const destination = resolve(process.env["INIT_CWD"] ?? ".", values["pack-destination"]);
const staging = mkdtempSync(join(tmpdir(), "behalf-pack-"));

try {
  const imported = new Set([...(await bundle()), ...(await bundleCommandLine())]);
  emitTypes();
  writeManifest(imported);
  for (const file of ["README.md", "LICENSE"])
    if (existsSync(join(root, file))) cpSync(join(root, file), join(staging, file));
  mkdirSync(destination, { recursive: true });
  const packed = run("npm", [
    "pack",
    "--ignore-scripts",
    "--loglevel=error",
    "--pack-destination",
    destination,
  ]);
  console.log(packed.trim().split("\n").at(-1));
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** Bundles every entry and answers which packages the bundles still import. */
async function bundle(): Promise<Set<string>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      entries.map(({ room, file }) => [`${room}/${file}`, `src/${room}/${file}.ts`]),
    ),
    outdir: join(staging, "dist"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    external: Object.keys(manifest.dependencies),
    metafile: true,
    logLevel: "error",
  });
  return externals(metafile);
}

/** Bundles the command line, with the licenses of what is in it, and answers which packages it still imports. */
async function bundleCommandLine(): Promise<Set<string>> {
  const metafile = await bundleProgram(join(staging, "dist"), Object.keys(manifest.optionalDependencies));
  writeLicenses(metafile);
  return externals(metafile);
}

function externals({ outputs }: Metafile): Set<string> {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  return new Set(imports.filter(({ external }) => external === true).map(({ path }) => path));
}

/** What is bundled is passed on, and its licenses ask to go along. */
function writeLicenses({ inputs }: Metafile): void {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  const texts = [...new Set(folders)].toSorted().map((folder) => {
    const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`${folder} is bundled and has no license file.`);
    return `${folder.slice("node_modules/".length)}\n\n${readFileSync(join(root, folder, file), "utf8").trim()}\n`;
  });
  writeFileSync(join(staging, "dist/cli/LICENSES.txt"), texts.join("\n\n"));
}

function emitTypes(): void {
  const types = join(staging, "dist/types");
  const project = join(staging, "tsconfig.json");
  const compilerOptions = {
    lib: ["es2024", "webworker"],
    composite: false,
    declaration: true,
    declarationMap: false,
    rootDir: join(root, "src"),
    outDir: types,
  };
  const files = entries.map(({ room, file }) => join(root, `src/${room}/${file}.ts`));
  writeFileSync(
    project,
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, files, references: [] }),
  );
  run(join(root, "node_modules/.bin/tsc"), ["-p", project]);
  rmSync(project);
  // The compiler leaves the source's extensions, which only resolve beside the sources.
  for (const path of readdirSync(types, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".d.ts")) continue;
    const text = readFileSync(join(types, path), "utf8");
    writeFileSync(join(types, path), text.replaceAll(/(["']\.{1,2}\/[^"']*)\.ts(["'])/g, "$1.js$2"));
  }
}

function writeManifest(imported: Set<string>): void {
  const { name, version, description, license, engines } = manifest;
  const needed = (all: Record<string, string>) =>
    Object.fromEntries(Object.entries(all).filter(([dependency]) => imported.has(dependency)));
  const exports = Object.fromEntries(
    entries.map((entry) => {
      const path = `${entry.room}/${entry.file}`;
      return [entry.export, { types: `./dist/types/${path}.d.ts`, default: `./dist/${path}.js` }];
    }),
  );
  writeFileSync(
    join(staging, "package.json"),
    JSON.stringify(
      {
        name,
        version,
        description,
        license,
        type: "module",
        sideEffects: false,
        engines,
        exports: { ...exports, "./package.json": "./package.json" },
        bin: { behalf: "dist/cli/main.cjs" },
        files: ["dist"],
        dependencies: needed(manifest.dependencies),
        optionalDependencies: needed(manifest.optionalDependencies),
      },
      null,
      2,
    ),
  );
}

function run(command: string, args: string[]): string {
  // npm and tsc are .cmd files on Windows, which only a shell starts.
  const shell = process.platform === "win32";
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: staging, encoding: "utf8", shell });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed.\n${stdout}${stderr}`);
  return stdout;
}
