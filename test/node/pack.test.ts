import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { offlineTests } from "./cli/offline.ts";
import { signingInTests } from "./cli/signing-in.ts";
import { speedTest } from "./cli/speed.ts";
import { terminalTests } from "./cli/terminal.ts";
import { walkthroughTests } from "./cli/walkthrough.ts";
import { watchingTests } from "./cli/watching.ts";
import { allowed, json, scriptedServer } from "./sdk/scripted-server.ts";
import { sharedSystem } from "./shared-system.ts";

const root = resolve(import.meta.dirname, "../..");
let consumer: string;
let tarball: string;

function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  return new Promise<{ status: number | null; output: string; errors: string }>((done, fail) => {
    child.on("error", fail);
    child.on("close", (status) => done({ status, output, errors }));
  });
}

async function npm(args: string[], cwd: string): Promise<string> {
  const { status, output, errors } = await run("npm", args, cwd);
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed.\n${output}${errors}`);
  return output;
}

// What a stranger does: pack, an empty folder, install.
beforeAll(async () => {
  // It starts meanwhile. Who needs it asks again, and is told when it does not.
  sharedSystem().catch(() => undefined);
  consumer = await mkdtemp(join(tmpdir(), "behalf-consumer-"));
  const packed = await npm(["run", "pack:cli", "--", "--pack-destination", consumer], root);
  tarball = join(consumer, packed.trim().split("\n").at(-1) ?? "");
  await writeFile(join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await npm(["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], consumer);
}, 180_000);

afterAll(() => rm(consumer, { recursive: true, force: true }));

test("the package is small, and what comes with it is what it needs at run time", async () => {
  const { size } = await stat(tarball);
  console.log(`the tarball has ${(size / 1024).toFixed(1)} KiB`);
  // The server of MCP is a fifth of it; hooks and launchers for coding agents are in it, too.
  expect(size).toBeLessThan(304 * 1024);

  const installed = (await readdir(join(consumer, "node_modules"))).filter((name) => !name.startsWith("."));
  // @napi-rs holds the keychain's binary, which is optional.
  expect(installed.toSorted().filter((name) => name !== "@napi-rs")).toEqual(["behalf", "zod"]);
  const manifest = JSON.parse(
    await readFile(join(consumer, "node_modules/behalf/package.json"), "utf8"),
  ) as Record<string, unknown>;
  expect(manifest).toMatchObject({
    name: "behalf",
    type: "module",
    sideEffects: false,
    license: "Apache-2.0",
  });
  expect(manifest["dependencies"]).toEqual({ zod: expect.any(String) as unknown });
  expect(manifest["optionalDependencies"]).toEqual({ "@napi-rs/keyring": expect.any(String) as unknown });
  for (const absent of ["scripts", "devDependencies", "overrides", "private"])
    expect(manifest).not.toHaveProperty(absent);
});

speedTest(() => consumer);

// From here on everything runs beside everything else: most of it waits, for a process or for a clock.
test.concurrent(
  "it works in the Node of this machine and in the one that comes with the repository",
  async () => {
    await using server = await scriptedServer(json(200, allowed));
    const program = `
    import { BehalfID, BehalfError } from "behalf";
    const behalf = new BehalfID({ apiKey: "k", baseUrl: process.argv[1] });
    const { allowed } = await behalf.verify({ agentId: "agent_1", action: "deploy" });
    console.log(allowed, new BehalfError("x", { code: "TIMEOUT" }).code, process.version);
  `;
    const path = (process.env["PATH"] ?? "")
      .split(delimiter)
      .filter((each) => !each.includes("node_modules"));
    const machines = await run("node", ["-p", "process.execPath"], consumer, {
      ...process.env,
      PATH: path.join(delimiter),
    });
    for (const node of new Set([process.execPath, machines.output.trim()])) {
      const { status, output, errors } = await run(
        node,
        ["--input-type=module", "-e", program, server.url],
        consumer,
      );
      expect({ status, errors }).toEqual({ status: 0, errors: "" });
      expect(output).toMatch(/^true TIMEOUT v\d/);
    }
  },
);

describe.concurrent("its types", { timeout: 120_000 }, () => {
  const uses = `
    import { BehalfID, BehalfDeniedError, verifyWebhookSignature, type DecisionPacket } from "behalf";

    type IsAny<T> = 0 extends 1 & T ? true : false;
    type Given<T> = T extends (...input: never[]) => Promise<infer R> ? R : never;
    const never: [
      IsAny<BehalfID>,
      IsAny<DecisionPacket>,
      IsAny<DecisionPacket["reasonCode"]>,
      IsAny<BehalfDeniedError["packet"]>,
      IsAny<Given<BehalfID["verify"]>>,
      IsAny<Given<BehalfID["approvals"]["list"]>>,
      IsAny<Given<BehalfID["agents"]["create"]>["apiKey"]>,
      IsAny<Given<typeof verifyWebhookSignature>>,
      IsAny<Parameters<BehalfID["permissions"]["create"]>[0]["constraints"]>,
    ] = [false, false, false, false, false, false, false, false, false];

    const behalf = new BehalfID({ apiKey: "bhf_sk_…", agentId: "agent_1" });
    const packet = await behalf.verify({ action: "deploy", vendor: "vercel.com" });
    if (packet.allowed) {
      const next: "proceed" = packet.nextAction;
      console.log(never, next);
    } else if (packet.approvalRequired) {
      const url: string = packet.approvalUrl;
      console.log(url);
    } else {
      const next: "stop" = packet.nextAction;
      // @ts-expect-error A denied packet has no approval.
      console.log(next, packet.approvalUrl);
    }
    const made: string = await behalf.guard({ action: "deploy" }, ({ permissionId }) => permissionId, { wait: true });
    // @ts-expect-error A misspelt field is found before it is sent.
    await behalf.permissions.create({ agentId: made, action: "deploy", requireApproval: true });
  `;

  test.each([
    ["nodenext", "nodenext"],
    ["bundler", "esnext"],
  ])(
    "are whole under moduleResolution %s, strict, with every library checked",
    async (moduleResolution, module) => {
      const folder = join(consumer, moduleResolution);
      await mkdir(folder);
      const lib = ["es2022", "dom"];
      const compilerOptions = {
        module,
        moduleResolution,
        lib,
        target: "es2022",
        strict: true,
        skipLibCheck: false,
        // TypeScript's own are not of the package.
        skipDefaultLibCheck: true,
        types: [],
        noEmit: true,
      };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["uses.ts"] }));
      await writeFile(join(folder, "uses.ts"), uses);
      const { status, output } = await run(join(root, "node_modules/.bin/tsc"), ["-p", "."], folder);
      expect({ status, output }).toEqual({ status: 0, output: "" });
    },
  );
});

describe.concurrent("its code", () => {
  const bundleFor = (platform: "browser" | "neutral", source: string) =>
    build({
      stdin: { contents: source, resolveDir: consumer },
      bundle: true,
      format: "esm",
      platform,
      // Nothing is left out: an import of Node's would fail the build or show below.
      external: ["node:*", "cloudflare:*"],
      mainFields: ["module", "main"],
      metafile: true,
      minify: true,
      write: false,
      logLevel: "silent",
    });

  test("holds nothing of Node or of Workers and can be put into a page", async () => {
    const { metafile, outputFiles } = await bundleFor("browser", `export * from "behalf";`);
    const outputs = Object.values(metafile.outputs);
    expect(outputs.flatMap((output) => output.imports)).toEqual([]);
    const inputs = Object.keys(metafile.inputs).filter((path) => path !== "<stdin>");
    expect(inputs.filter((path) => !/node_modules\/(behalf|zod)\//.test(path))).toEqual([]);
    const [bundle] = outputFiles;
    expect(bundle?.text).not.toMatch(/\bprocess\.(env|version|platform)|\bBuffer\.(from|alloc)|\brequire\(/);
  });

  test("verifies from inside a Worker, with the Worker's own fetch", async () => {
    await using server = await scriptedServer(
      json(307, {}, { location: "https://elsewhere.example/" }),
      json(503, {}),
      json(200, allowed),
    );
    const source = `
      import { BehalfID } from "behalf";
      export default {
        async fetch() {
          const behalf = new BehalfID({ apiKey: "k", baseUrl: ${JSON.stringify(server.url)} });
          const request = { agentId: "agent_1", action: "deploy" };
          const refused = await behalf.verify(request).catch((error) => error.code);
          return Response.json({ refused, packet: await behalf.verify(request) });
        },
      };
    `;
    const { outputFiles } = await bundleFor("neutral", source);
    const worker = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: outputFiles[0]?.text ?? "",
        compatibilityDate: "2026-10-23",
        cf: false,
      }),
    );
    try {
      const response = await worker.dispatchFetch("http://worker.example/");
      expect(await response.json()).toEqual({ refused: "REDIRECT_REFUSED", packet: allowed });
    } finally {
      await worker.dispose();
    }
  });
});

// Here, because installing the package takes longer than any of these.
describe.concurrent("its command line", { timeout: 120_000 }, async () => {
  offlineTests(() => consumer);
  watchingTests(() => consumer);
  await terminalTests(() => consumer);
  signingInTests(() => consumer);
  walkthroughTests(() => consumer);
});
