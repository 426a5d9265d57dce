import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Build, buildOf, keepBuild, markUsed, openBuild, type PartName, useBuild } from "./builds.ts";
import { fireCrons, fireOnRequest } from "./crons.ts";
import { freePort, isFree } from "./free-port.ts";
import { addToRecord, awaitLeftovers, forgetRecord, holdState, keepRecord, StartError } from "./instance.ts";
import { startProcess, stopProcesses, tailOf, type LocalProcess } from "./processes.ts";
import { openState, secretNames, stateIn, type LocalState } from "./state.ts";

const root = resolve(import.meta.dirname, "../..");
const vite = join(root, "node_modules/vite/bin/vite.js");
const buildWorkers = join(import.meta.dirname, "build-workers.ts");
const serve = join(import.meta.dirname, "serve.ts");
// Processes that end are noticed at once; this is for those that hang, on machines that may be busy.
const startTimeoutMs = 150_000;

const processes: LocalProcess[] = [];
const stopping = new AbortController();

async function start(): Promise<void> {
  const port = portFrom(process.env.PORT ?? "8787");
  const publicUrl = `http://localhost:${port}`;
  const state = stateIn(root, process.env.BEHALF_STATE_DIR || ".behalf-state");
  const held = holdState(state);
  await awaitLeftovers(state);
  if (!(await isFree(port)))
    throw new StartError(`Port ${port} is in use. Choose another: PORT=${port + 1} npm start`);
  openState(state);
  keepRecord(state, { port, pid: process.pid, groups: [] });
  process.once("exit", () => {
    forgetRecord(state);
    held.letGo();
  });

  const env = {
    ...withoutSecrets(process.env),
    CI: "1",
    NO_COLOR: "1",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(state.logs, "wrangler"),
    // Much of the way to "Ready" is compiling libraries, which stay the same from start to start.
    NODE_COMPILE_CACHE: join(root, ".cache/node"),
  };

  const [workers, site] = await Promise.all([
    built("workers", state, env, (folder) => [buildWorkers, folder]),
    built("site", state, env, (folder) => [vite, "build", "dashboard", "--outDir", folder, "--emptyOutDir"]),
  ]);
  if (stopping.signal.aborted) return;

  const server = run("server", state, env, [
    serve,
    `--data=${state.data}`,
    `--secrets-file=${state.secretsFile}`,
    `--workers=${workers.folder}`,
    `--site=${site.folder}`,
    `--public-url=${publicUrl}`,
    `--signup-mode=${process.env.SIGNUP_MODE ?? ""}`,
    `--port=${port}`,
    `--api-port=${await freePort()}`,
  ]);
  await answers(`http://127.0.0.1:${port}/api/health`, server);
  if (stopping.signal.aborted) return;

  console.log(`Ready on ${publicUrl}`);
  // For whoever starts this as a program and does not want to wait for the minute.
  fireOnRequest(() => fireCrons(server.child));
  void everyMinute(server, [workers, site]);
  const how = await server.ended;
  if (!stopping.signal.aborted) throw failed(`${how}.`, server);
}

/** The build of a part that belongs to the sources as they are, made now if there is none. */
async function built(
  part: PartName,
  state: LocalState,
  env: NodeJS.ProcessEnv,
  command: (folder: string) => string[],
): Promise<Build> {
  const build = buildOf(root, part);
  if (!build.isBuilt) {
    const partial = openBuild(build);
    // React's development half goes in otherwise, wherever a test has named its environment.
    const production = { ...env, NODE_ENV: "production" };
    const building = run(`build-${part}`, state, production, command(partial));
    if (await finish(building, `Building the ${part} failed.`)) keepBuild(build, partial);
  }
  if (!stopping.signal.aborted) useBuild(build, new Date());
  return build;
}

/** Waits for a process that ends by itself. False when everything is being stopped anyway. */
async function finish(one: LocalProcess, sentence: string): Promise<boolean> {
  await one.ended;
  if (stopping.signal.aborted) return false;
  if (one.child.exitCode !== 0) throw failed(sentence, one);
  return true;
}

function run(name: string, state: LocalState, env: NodeJS.ProcessEnv, args: string[]): LocalProcess {
  const logFile = join(state.logs, `${name}.log`);
  writeFileSync(logFile, "", { mode: 0o600 });
  const started = startProcess({ name, args, cwd: root, env, logFile });
  processes.push(started);
  addToRecord(state, started);
  return started;
}

// wrangler puts what another project left in the shell under these names into the options that it reads for a build.
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

/** Waits until the server has said that it is ready, and answers. */
async function answers(url: string, server: LocalProcess): Promise<void> {
  const givenUp = AbortSignal.timeout(startTimeoutMs);
  const healthy = async () => {
    await once(server.child, "message", { signal: givenUp });
    while (!(await isHealthy(url))) await sleep(20, undefined, { signal: givenUp });
    return undefined;
  };
  const problem = await Promise.race([
    server.ended.then((how) => `${how} while starting.`),
    healthy().catch(() => `${url} did not answer in time.`),
  ]);
  if (problem !== undefined && !stopping.signal.aborted) throw failed(problem, server);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

async function everyMinute(server: LocalProcess, builds: Build[]): Promise<void> {
  while (!stopping.signal.aborted) {
    await sleep(60_000 - (Date.now() % 60_000), undefined, { ref: false });
    for (const build of builds) markUsed(build, new Date());
    if (!(await fireCrons(server.child)) && !stopping.signal.aborted)
      console.error("A cron failed; see the log of server.");
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
