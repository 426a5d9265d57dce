import { execFile } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { BehalfID } from "../../../src/sdk/index.ts";
import { installClient } from "../clients/install-client.ts";
import { allowed, json, scriptedServer } from "../sdk/scripted-server.ts";
import { sharedSystem, type SharedSystem } from "../shared-system.ts";
import { eras } from "./mcp-client.ts";
import { wrappedClient } from "./wrapped-client.ts";
import { apiKey } from "./wrapped.ts";

const [conformance, inspector] = await Promise.all([
  installClient("@modelcontextprotocol/conformance", "0.1.16"),
  installClient("@modelcontextprotocol/inspector", "2.12.0"),
]);

let system: SharedSystem;
let folder: string;
let owner: BehalfID;
let agent: { agentId: string; apiKey: string };
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "behalf-official-"));
  system = await sharedSystem();
  const { baseUrl } = system;
  const response = await fetch(`${baseUrl}/api/auth/signup`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: baseUrl },
    body: JSON.stringify({ email: "owner@official.example.com", password: "a long passphrase" }),
  });
  const session = /^behalfid_developer=([^;]*)/.exec(response.headers.getSetCookie()[0] ?? "")?.[1];
  owner = new BehalfID({ session, baseUrl });
  agent = await owner.agents.create({ name: "deploy-bot" });
  const { agentId } = agent;
  await owner.permissions.create({ agentId, action: "deploy" });
  await owner.permissions.create({ agentId, action: "tool:paint" });
  await owner.permissions.create({ agentId, action: "tool:deploy", requiresApproval: true });
  env = {
    BEHALFID_HOME: folder,
    BEHALFID_BASE_URL: baseUrl,
    BEHALFID_AGENT_ID: agentId,
    BEHALFID_API_KEY: agent.apiKey,
  };
}, 180_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function emptyLog(): Promise<string> {
  const log = join(await mkdtemp(join(folder, "log-")), "log");
  await writeFile(log, "");
  return log;
}

describe.each(eras)("behalf mcp wrap, between an official client and server of %s", (era) => {
  test("a tool is held, runs once after a person has approved it, and is held again", async () => {
    const log = await emptyLog();
    await using mcp = await wrappedClient(era, log, env);
    const held = await mcp.call("deploy", { tag: "v1" });
    expect(held.isError).toBe(true);
    expect(held.text).toMatch(/^APPROVAL REQUIRED — do not execute this action\.\n\nAction: tool:deploy\n/);
    const approvalId = /^Approval ID: (\S+)$/m.exec(held.text)?.[1] ?? "";
    await owner.approvals.approve(approvalId);

    // One byte of the arguments is another call, and so is another tool.
    expect((await mcp.call("deploy", { tag: "v2" })).text).toMatch(/^APPROVAL REQUIRED/);
    expect((await mcp.call("other", { tag: "v1" })).text).toMatch(/^DENIED — do not execute this action\./);
    expect(await readFile(log, "utf8")).toBe("");
    const told: string[] = [];
    const tell = (message: string) => {
      told.push(message);
      writeFileSync(`${log}.told`, "");
    };
    expect(await mcp.call("deploy", { tag: "v1" }, tell)).toEqual({ text: "deploy v1", isError: false });
    expect(told).toEqual(["half way"]);
    expect((await mcp.call("deploy", { tag: "v1" })).text).toMatch(/^APPROVAL REQUIRED/);
    expect(await readFile(log, "utf8")).toBe("deploy v1\n");
  });

  test("lists, resources, prompts and questions back go through", async () => {
    const log = await emptyLog();
    await using mcp = await wrappedClient(era, log, env);
    const { client } = mcp;
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["deploy", "paint"]);
    expect((await client.listResources()).resources).toMatchObject([{ uri: "notes://all" }]);
    expect((await client.readResource({ uri: "notes://all" })).contents).toMatchObject([
      { text: "the notes" },
    ]);
    expect((await client.listPrompts()).prompts).toMatchObject([{ name: "greet" }]);
    const { messages } = await client.getPrompt({ name: "greet", arguments: { name: "Ada" } });
    expect(messages).toMatchObject([{ content: { text: "Greet Ada" } }]);
    expect(await mcp.call("paint", { what: "door" })).toEqual({ text: "paint door red", isError: false });
    expect(await readFile(log, "utf8")).toBe("paint door red\n");
  });
});

test("an answer to a question of the server is the same use of the same allow, and no second one", async () => {
  const log = await emptyLog();
  await using behalf = await scriptedServer(json(200, allowed));
  const scripted = { BEHALFID_BASE_URL: behalf.url, BEHALFID_AGENT_ID: "agent_1", BEHALFID_API_KEY: apiKey };
  await using mcp = await wrappedClient("2026-07-28", log, { ...env, ...scripted });
  await mcp.call("paint", { what: "door" });
  const keys = behalf.seen.map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toBe(keys[1]);
  expect(behalf.seen[0]?.body).toBe(behalf.seen[1]?.body);
  await mcp.call("paint", { what: "door" });
  expect(new Set(behalf.seen.map(({ headers }) => headers["idempotency-key"])).size).toBe(2);
});

// What asks for nothing that only a server made for these tests has.
const applicable = ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"];

describe(`the official conformance tool${conformance === undefined ? " (NOT RUN: it could not be installed)" : ""}`, () => {
  test.skipIf(conformance === undefined).each(applicable)("passes POST /mcp in %s", async (scenario) => {
    await using door = await withKey();
    const tool = join(conformance ?? "", "node_modules/@modelcontextprotocol/conformance/dist/index.js");
    const { code, said } = await run([tool, "server", "--url", door.url, "--scenario", scenario]);
    expect(code, said).toBe(0);
    expect(said).toMatch(/Passed: ([1-9]\d*)\/\1, 0 failed, 0 warnings/);
  });
});

describe(`the official inspector${inspector === undefined ? " (NOT RUN: it could not be installed)" : ""}`, () => {
  const listing = ["--method", "tools/list"];
  const asking = ["--method", "tools/call", "--tool-name", "verify_action", "--tool-arg", "action=deploy"];
  const inspect = (target: string[]) =>
    run([
      join(inspector ?? "", "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"),
      "--cli",
      ...target,
    ]);

  test.skipIf(inspector === undefined)("lists and calls the tools of behalf mcp start", async () => {
    const given = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const target = [
      process.execPath,
      inject("program"),
      "mcp",
      "start",
      ...given,
      "-e",
      "BEHALFID_KEYCHAIN=off",
    ];
    const listed = await inspect([...target, ...listing, "--strict"]);
    expect(listed.code, listed.said).toBe(0);
    expect(listed.said).toContain('"name": "wait_for_approval"');
    const called = await inspect([...target, ...asking]);
    expect(called.code, called.said).toBe(0);
    expect(called.said).toContain('"allowed": true');
  });

  test.skipIf(inspector === undefined)("calls a tool at POST /mcp", async () => {
    const target = [`${system.baseUrl}/mcp`, "--header", `Authorization: Bearer ${agent.apiKey}`];
    expect((await inspect([...target, ...asking])).said).toContain('"allowed": true');
  });
});

/** Adds the agent's key, which the conformance tool cannot send, and changes nothing else. */
async function withKey() {
  const target = new URL(system.baseUrl);
  const server = createServer((incoming, response) => {
    const own = `localhost:${(server.address() as AddressInfo).port}`;
    const { host, origin, ...others } = incoming.headers;
    const headers = {
      ...others,
      host: host === own ? target.host : host,
      ...(origin === undefined ? {} : { origin: origin === `http://${own}` ? target.origin : origin }),
      authorization: `Bearer ${agent.apiKey}`,
    };
    const { method, url: path } = incoming;
    const outgoing = request({ host: "127.0.0.1", port: target.port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.once("error", () => response.destroy());
    incoming.pipe(outgoing);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/mcp`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };
}

function run(args: string[]): Promise<{ code: unknown; said: string }> {
  return new Promise((done) => {
    // The inspector keeps a file where it finds a home.
    const options = { timeout: 50_000, env: { ...process.env, HOME: folder } };
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : error.code, said: stdout + stderr }),
    );
  });
}
