import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { build, transform, type Metafile } from "esbuild";

const root = resolve(import.meta.dirname, "../..");

/**
 * Bundles the command line into `cli/main.cjs` of a folder, with everything that it needs, so that it starts from a few
 * files and whoever installs the SDK gets no package for it. What must be there at run time is only what may be
 * missing: the `external` packages.
 */
export async function bundleProgram(folder: string, external: string[]): Promise<Metafile> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { "cli/main": "src/cli/main.ts" },
    outdir: folder,
    chunkNames: "cli/[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    // As modules, because what a UMD file requires by a name of its own is not seen.
    mainFields: ["module", "main"],
    target: "node20",
    alias: { "@modelcontextprotocol/server/_shims": join(root, "src/local/light-mcp-shims.ts") },
    // Node prints the line that an error came from.
    lineLimit: 200,
    external,
    legalComments: "none",
    outExtension: { ".js": ".cjs" },
    metafile: true,
    write: false,
    logLevel: "error",
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await requirable(text));
  }
  return metafile;
}

/**
 * A chunk as CommonJS. Node takes about 15 ms to start its loader of modules, and more for each chunk; what is required
 * is there at once. It is only split as modules, because only modules can be.
 */
async function requirable(chunk: string): Promise<string> {
  const { code } = await transform(chunk, {
    format: "cjs",
    platform: "node",
    target: "node20",
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "fileUrlHere" },
    banner: chunk.includes("import.meta.url")
      ? 'const fileUrlHere = require("node:url").pathToFileURL(__filename).href;'
      : "",
    minify: true,
    lineLimit: 200,
    legalComments: "none",
    logLevel: "error",
  });
  return code;
}
