// Builds what workerd runs: node src/local/build-workers.ts FOLDER. With wrangler's own build, so that what runs here
// is what is deployed; and with the options that it reads from the two wrangler.toml, which take it a second to read.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  type SourcelessWorkerOptions,
  unstable_getMiniflareWorkerOptions as workerOptionsOf,
  unstable_readConfig as readConfig,
} from "wrangler";

/** What is built into a folder, as its `workers.json` says. Their code is in `api/worker.js` and `site/index.js`. */
export type BuiltWorkers = {
  /** The Worker. Its bindings are the variables that are deployed, without any secret. */
  api: Omit<SourcelessWorkerOptions, "bindings"> & { name: string; bindings: Record<string, string> };
  /** The functions that Pages runs. */
  site: { compatibilityDate: string };
};

const root = resolve(import.meta.dirname, "../..");
const dashboard = join(root, "dashboard");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
const [folder = ""] = process.argv.slice(2);

await Promise.all([
  run(root, ["deploy", "--dry-run", `--outdir=${join(folder, "api")}`]),
  run(dashboard, ["pages", "functions", "build", `--outdir=${join(folder, "site")}`]),
]);

const config = readConfig({ config: join(root, "wrangler.toml") }, { hideWarnings: true });
const site = readConfig({ config: join(dashboard, "wrangler.toml") });
const built: BuiltWorkers = {
  api: {
    ...workerOptionsOf(config).workerOptions,
    rootPath: undefined,
    name: config.name ?? "",
    bindings: config.vars as Record<string, string>,
  },
  site: { compatibilityDate: site.compatibility_date ?? "" },
};
writeFileSync(join(folder, "workers.json"), JSON.stringify(built));

async function run(cwd: string, args: string[]): Promise<void> {
  const child = spawn(process.execPath, [wrangler, ...args], { cwd, stdio: "inherit" });
  const code = await new Promise((done) => child.once("exit", done));
  if (code !== 0) throw new Error(`wrangler ${args.join(" ")} failed.`);
}
