// The product in one workerd, as `npm start` runs it: the Worker with its bindings, and in front of it the dashboard
// as Pages serves it. Says "ready" to the process that started it, and fires the crons when that says so.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs, parseEnv } from "node:util";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type Request, type Response } from "miniflare";
import type { BuiltWorkers } from "./build-workers.ts";
import { fireOnRequest } from "./crons.ts";
import { migrate } from "./migrations.ts";
import { openedOnce } from "./opened-once.ts";

const root = resolve(import.meta.dirname, "../..");
const crons = ["* * * * *"];
const option = { type: "string", default: "" } as const;
const { values: options } = parseArgs({
  options: {
    /** The folder of what workerd persists. */
    data: option,
    "secrets-file": option,
    /** The folders of the two builds. */
    workers: option,
    site: option,
    "public-url": option,
    "signup-mode": option,
    /** Where the site answers, with the API behind it. */
    port: option,
    /** Where the API answers alone. */
    "api-port": option,
  },
});

const log = new Log(LogLevel.WARN);
const { api, site } = JSON.parse(readFileSync(join(options.workers, "workers.json"), "utf8")) as BuiltWorkers;

// It takes a second to load, so it waits for a first page.
const assets = openedOnce(openAssets);

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    resourcePersistencePath: join(options.data, "v3"),
    cf: false,
    log,
    host: "127.0.0.1",
    port: Number(options["api-port"]),
    workers: [
      {
        ...api,
        modules: [moduleIn("api/worker.js")],
        bindings: {
          ...api.bindings,
          ...parseEnv(readFileSync(options["secrets-file"], "utf8")),
          ENVIRONMENT: "local",
          PUBLIC_URL: options["public-url"],
          ...(options["signup-mode"] === "" ? {} : { SIGNUP_MODE: options["signup-mode"] }),
        },
      },
      {
        ...site,
        name: "site",
        modules: [moduleIn("site/index.js")],
        serviceBindings: { API: api.name, ASSETS: asset },
        unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(options.port) }],
      },
    ],
  }),
);

for (const name of ["SIGTERM", "SIGINT"] as const)
  process.once(name, () => void miniflare.dispose().finally(() => process.exit(0)));

for (const name of await migrate(miniflare, join(root, "migrations"))) console.log(`Applied ${name}.`);
fireOnRequest(fire);
process.send?.("ready");

async function fire(): Promise<boolean> {
  try {
    const worker = await miniflare.getWorker(api.name);
    for (const cron of crons) if ((await worker.scheduled({ cron })).outcome !== "ok") return false;
    return true;
  } catch (error) {
    console.error(error);
    return false;
  }
}

function moduleIn(path: string) {
  return { type: "ESModule" as const, path, contents: readFileSync(join(options.workers, path), "utf8") };
}

/** A file of the dashboard, by what Pages serves files with. */
async function asset(request: Request): Promise<Response> {
  return (await assets())(request);
}

async function openAssets() {
  const { unstable_generateASSETSBinding: assetsOf } = await import("wrangler");
  type WranglerLog = Parameters<typeof assetsOf>[0]["log"];
  return assetsOf({ directory: options.site, log: log as unknown as WranglerLog });
}
