import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import { addToRecord, forgetRecord, isHealthy, keepRecord, requireFree, StartError } from "./instance.ts";
import { startProcess, stopProcesses, tailOf, type LocalProcess } from "./processes.ts";
import { keepBuild, openBuild, siteOf, useBuild } from "./site.ts";
import {
  forgetNeighbours,
  hasMigrations,
  openState,
  rememberMigrations,
  secretNames,
  type LocalState,
} from "./state.ts";

const root = resolve(import.meta.dirname, "../..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
const vite = join(root, "node_modules/vite/bin/vite.js");
const migrations = join(root, "migrations");
const migrateProgram = join(import.meta.dirname, "migrate.ts");
const crons = ["* * * * *"];
// Processes that end are noticed at once; this is for those that hang, on machines that may be busy.
const startTimeoutMs = 150_000;

const processes: LocalProcess[] = [];
const stopping = new AbortController();

async function start(): Promise<void> {
  const port = portFrom(process.env.PORT ?? "8787");
  const publicUrl = `http://localhost:${port}`;
  const state = openState(root, process.env.BEHALF_STATE_DIR || ".behalf-state");
  await requireFree(state, port);
  forgetNeighbours(state);
  const apiPort = await freePort();
  keepRecord(state, { port, apiPort, pid: process.pid, groups: [] });
  process.once("exit", () => forgetRecord(state));

  const env = {
    ...withoutSecrets(process.env),
    CI: "1",
    NO_COLOR: "1",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(state.logs, "wrangler"),
    WRANGLER_REGISTRY_PATH: state.registry,
    // A tenth of the way to "Ready" is compiling wrangler, which stays the same from start to start.
    NODE_COMPILE_CACHE: join(root, ".cache/node"),
    // wrangler would keep a trace of every request, in memory and in the state folder, without end; and serve
    // everything that is stored to whoever asks at a path of its own.
    X_LOCAL_OBSERVABILITY: "false",
    X_LOCAL_EXPLORER: "false",
  };

  const [api, site] = await Promise.all([
    startApi(state, env, apiPort, publicUrl),
    startSite(state, env, port),
  ]);
  if (api === undefined || site === undefined) return;
  // The API first: asked through the site before it is there, a request hangs until it times out.
  await answers(`http://127.0.0.1:${apiPort}/api/health`, [api, site]);
  await answers(`http://127.0.0.1:${port}/api/health`, [site, api]);
  if (stopping.signal.aborted) return;

  console.log(`Ready on ${publicUrl}`);
  void fireCrons(`http://127.0.0.1:${apiPort}`);
  const ended = await Promise.race([api, site].map(async (one) => ({ one, how: await one.ended })));
  if (!stopping.signal.aborted) throw failed(`${ended.how}.`, ended.one);
}

async function startApi(
  state: LocalState,
  env: NodeJS.ProcessEnv,
  port: number,
  publicUrl: string,
): Promise<LocalProcess | undefined> {
  if (!hasMigrations(state, migrations)) {
    const migrating = run("migrations", state, env, [migrateProgram, state.data]);
    if (!(await finish(migrating, "Applying the migrations failed."))) return undefined;
    rememberMigrations(state, migrations);
  }
  return run("api", state, env, [
    wrangler,
    "dev",
    "--local",
    `--persist-to=${state.data}`,
    "--ip=127.0.0.1",
    `--port=${port}`,
    "--inspector-port=0",
    "--show-interactive-dev-session=false",
    `--env-file=${state.secretsFile}`,
    `--var=PUBLIC_URL:${publicUrl}`,
    "--var=ENVIRONMENT:local",
    ...(process.env.SIGNUP_MODE ? [`--var=SIGNUP_MODE:${process.env.SIGNUP_MODE}`] : []),
  ]);
}

// The dashboard as Pages serves it, with the API behind it at the same address.
async function startSite(
  state: LocalState,
  env: NodeJS.ProcessEnv,
  port: number,
): Promise<LocalProcess | undefined> {
  const site = siteOf(root);
  if (!site.isBuilt) {
    const partial = openBuild(site);
    const args = [vite, "build", "dashboard", "--outDir", partial, "--emptyOutDir"];
    // React's development half goes in otherwise, wherever a test has named its environment.
    const production = { ...env, NODE_ENV: "production" };
    if (!(await finish(run("build", state, production, args), "Building the dashboard failed.")))
      return undefined;
    keepBuild(site, partial);
  }
  useBuild(site, new Date());
  const args = [
    wrangler,
    "pages",
    "dev",
    site.folder,
    "--service=API=behalfid",
    "--ip=127.0.0.1",
    `--port=${port}`,
    "--inspector-port=0",
    "--show-interactive-dev-session=false",
    "--log-level=warn",
  ];
  return run("site", state, env, args, join(root, "dashboard"));
}

/** Waits for a process that ends by itself. False when everything is being stopped anyway. */
async function finish(one: LocalProcess, sentence: string): Promise<boolean> {
  await one.ended;
  if (stopping.signal.aborted) return false;
  if (one.child.exitCode !== 0) throw failed(sentence, one);
  return true;
}

function run(
  name: string,
  state: LocalState,
  env: NodeJS.ProcessEnv,
  args: string[],
  cwd = root,
): LocalProcess {
  const logFile = join(state.logs, `${name}.log`);
  writeFileSync(logFile, "", { mode: 0o600 });
  const started = startProcess({ name, args, cwd, env, logFile });
  processes.push(started);
  addToRecord(state, started);
  return started;
}

// wrangler would take one that another project left in the shell instead of this state's own.
function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secretNames.includes(name)));
}

function failed(sentence: string, { name, logFile }: LocalProcess): StartError {
  return new StartError(`${tailOf({ logFile })}\n\n${sentence} The log of ${name} is in ${logFile}`);
}

function portFrom(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StartError(`PORT must be a number from 1 to 65535, not "${text}".`);
  }
  return port;
}

async function answers(url: string, servers: [LocalProcess, ...LocalProcess[]]): Promise<void> {
  const givenUp = AbortSignal.timeout(startTimeoutMs);
  let ended: { one: LocalProcess; how: string } | undefined;
  for (const one of servers) void one.ended.then((how) => (ended ??= { one, how }));
  while (!stopping.signal.aborted && !(await isHealthy(url))) {
    if (ended) throw failed(`${ended.how} while starting.`, ended.one);
    if (givenUp.aborted) throw failed(`${url} did not answer in time.`, servers[0]);
    await sleep(50);
  }
}

// Crons do not fire by themselves locally.
async function fireCrons(origin: string): Promise<void> {
  while (!stopping.signal.aborted) {
    await sleep(60_000 - (Date.now() % 60_000), undefined, { ref: false });
    for (const cron of crons) {
      const url = `${origin}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`;
      const fired = await fetch(url, { signal: AbortSignal.timeout(50_000) }).catch(() => undefined);
      if (!fired?.ok && !stopping.signal.aborted)
        console.error(`The cron "${cron}" failed; see the log of api.`);
      await fired?.body?.cancel();
    }
  }
}

async function stop(exitCode: number): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  await stopProcesses(processes);
  process.exit(exitCode);
}

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => void stop(0));

// npm may be killed without a chance to pass the signal on.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && void stop(0), 500).unref();
}

try {
  await start();
} catch (error) {
  if (!stopping.signal.aborted) console.error(error instanceof StartError ? error.message : error);
  await stop(1);
}
