import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { LogItem } from "../../src/contract/log.ts";
import { newAgentKey, newDeveloperToken, newPassportToken } from "../../src/crypto/secrets.ts";
import worker from "../../src/worker.ts";
import { newAgent, type TestAgent } from "./agent-scene.ts";
import { json, newOwner, newToken, outcome, send, site, type Someone } from "./people-scene.ts";

const eras = ["2026-07-28", "2025-11-25"] as const;
type Era = (typeof eras)[number];
const production = { action: "deploy_production", vendor: "vercel.com", arguments: { tag: "v1.2" } };

let owner: Someone;
beforeAll(async () => {
  owner = await newOwner();
});

async function deployer(): Promise<TestAgent> {
  const agent = await newAgent(owner);
  await agent.permit({ action: "deploy", resource: "vercel.com" });
  await agent.permit({ action: "deploy_production", requiresApproval: true });
  return agent;
}

type Connecting = { opens?: (url: string) => void; bindings?: Partial<Env> };

/** The official client, connected to the Worker with an agent's key. */
async function connected(era: Era, key: string, { opens, bindings }: Connecting = {}) {
  const client = new Client(
    { name: "test", version: "1.0.0" },
    {
      versionNegotiation: { mode: era === "2026-07-28" ? { pin: era } : "legacy" },
      capabilities: opens === undefined ? {} : { elicitation: { url: {} } },
    },
  );
  if (opens !== undefined)
    client.setRequestHandler("elicitation/create", ({ params }) => {
      if (params.mode === "url") opens(params.url);
      return { action: "accept" };
    });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${site}/mcp`), {
      requestInit: { headers: { Authorization: `Bearer ${key}` } },
      fetch: async (input, init) => {
        const request = new Request(input, init);
        if (bindings === undefined) return exports.default.fetch(request);
        return worker.fetch(request, { ...env, ...bindings }, createExecutionContext());
      },
    }),
  );
  return {
    client,
    async call(name: string, given: Record<string, unknown> = {}, onprogress?: () => void) {
      const result = await client.callTool(
        { name, arguments: given },
        onprogress === undefined ? {} : { onprogress },
      );
      const [first] = result.content;
      const text = first?.type === "text" ? first.text : "";
      return { text, packet: result.structuredContent as Record<string, unknown> | undefined, result };
    },
  };
}

function expectNoPermission({ text, packet, result }: Awaited<ReturnType<Connected["call"]>>) {
  expect(result.isError, text).toBe(true);
  expect(packet).toBeUndefined();
  expect(text).toMatch(/^NO DECISION — do not execute this action\.\n/);
}
type Connected = Awaited<ReturnType<typeof connected>>;

describe.each(eras)("an agent with nothing but its key, in the era of %s", (era) => {
  test("asks, is held, is approved, acts once, and all of it is on record", async () => {
    const agent = await deployer();
    const mcp = await connected(era, agent.apiKey);
    const { tools } = await mcp.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["verify_action", "get_permissions", "wait_for_approval"]);
    expect((await mcp.call("get_permissions")).packet).toMatchObject({ agentId: agent.agentId });

    const staging = await mcp.call("verify_action", { action: "deploy", vendor: "vercel.com" });
    expect(staging.packet).toMatchObject({ allowed: true });
    expect(JSON.parse(staging.text)).toEqual(staging.packet);
    expect((await mcp.call("verify_action", { action: "other" })).packet).toMatchObject({
      allowed: false,
      nextAction: "stop",
    });

    const held = await mcp.call("verify_action", production);
    const approvalId = String(held.packet?.["approvalId"]);
    expect(held.text).toMatch(/^APPROVAL REQUIRED — do not execute this action\.\n/);
    expect(held.text).toContain(`Approve at: ${site}/dashboard/approvals`);
    let told = 0;
    const waiting = mcp.call("wait_for_approval", { approvalId, timeoutSeconds: 20 }, () => {
      told += 1;
      if (told === 1) void agent.decide(approvalId, "approve");
    });
    expect((await waiting).packet).toMatchObject({ status: "approved", nextAction: "verify_again" });
    expect(told).toBeGreaterThan(0);
    expect((await mcp.call("verify_action", production)).packet).toMatchObject({ allowed: true });
    const again = await mcp.call("verify_action", production);
    expect(again.packet).toMatchObject({ allowed: false, approvalRequired: true });

    const log = await json<LogItem[]>(agent.call("GET", `/api/logs/${agent.agentId}`));
    expect(log.map(({ decision }) => decision)).toEqual(
      "approval_required allowed approval_required denied allowed".split(" "),
    );
  });

  test("cannot read or await what another agent asked for, of its own account or another", async () => {
    const agent = await deployer();
    const sibling = await deployer();
    const foreign = await newAgent();
    await foreign.permit({ action: "deploy_production", requiresApproval: true });
    const mcp = await connected(era, agent.apiKey);
    for (const other of [sibling, foreign]) {
      const approvalId = await other.hold("deploy_production");
      const answer = await mcp.call("wait_for_approval", { approvalId, timeoutSeconds: 1 });
      expectNoPermission(answer);
      expect(answer.text).toContain("This agent asked for no such approval.");
      expectNoPermission(await mcp.call("verify_action", { ...production, agentId: other.agentId }));
    }
  });

  test("is denied when it is disabled, and unknown once its key is replaced", async () => {
    const agent = await deployer();
    const mcp = await connected(era, agent.apiKey);
    await json(agent.manage("/disable"));
    expect(
      (await mcp.call("verify_action", { action: "deploy", vendor: "vercel.com" })).packet,
    ).toMatchObject({
      allowed: false,
      reasonCode: "agent_disabled",
    });
    await json(agent.manage("/rotate-key"));
    await expect(mcp.call("verify_action", { action: "deploy", vendor: "vercel.com" })).rejects.toThrow(
      "401",
    );
  });
});

test("an agent is told not to act when nothing can be decided or recorded", async () => {
  const agent = await deployer();
  const failing = { getByName: () => new Proxy({}, { get: () => () => Promise.reject(new Error("no")) }) };
  const bindings = { LEDGER: failing as unknown as Env["LEDGER"] };
  const mcp = await connected("2026-07-28", agent.apiKey, { bindings });
  const answer = await mcp.call("verify_action", { action: "deploy", vendor: "vercel.com" });
  expectNoPermission(answer);
  expect(answer.text).toContain("Code: VERIFY_FAILED_CLOSED");
});

test("a client of the newer protocol that can open links is given the one to the approval", async () => {
  const agent = await deployer();
  const opened: string[] = [];
  const mcp = await connected("2026-07-28", agent.apiKey, { opens: (url) => opened.push(url) });
  const { packet, text } = await mcp.call("verify_action", production);
  expect(text).toMatch(/^APPROVAL REQUIRED/);
  expect(opened).toEqual([packet?.["approvalUrl"]]);
});

describe("at the door", () => {
  const accept = { Accept: "application/json, text/event-stream" };
  const message = (id: number, given: Record<string, unknown>) => ({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name: "verify_action", arguments: given },
  });
  const listing = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  let agent: TestAgent;
  beforeAll(async () => {
    agent = await deployer();
  });
  const post = (body: unknown, sending: Parameters<typeof send>[2] = {}) =>
    send("POST", "/mcp", { body, bearer: agent.apiKey, origin: null, headers: accept, ...sending });
  const raw = (body: BodyInit, headers: Record<string, string> = {}) =>
    exports.default.fetch(
      new Request(`${site}/mcp`, {
        method: "POST",
        headers: {
          ...accept,
          "Content-Type": "application/json",
          Authorization: `Bearer ${agent.apiKey}`,
          ...headers,
        },
        body,
      }),
    );

  test("nobody enters without a living agent key, and is told what would open", async () => {
    const { token } = await newToken(owner);
    const attempts: [Parameters<typeof send>[2], string][] = [
      [{}, "AGENT_AUTH_REQUIRED"],
      [{ cookie: owner.cookie, origin: site }, "AGENT_AUTH_REQUIRED"],
      [{ token }, "AGENT_AUTH_REQUIRED"],
      [{ bearer: token }, "AGENT_AUTH_REQUIRED"],
      [{ bearer: newDeveloperToken() }, "AGENT_AUTH_REQUIRED"],
      [{ bearer: newPassportToken() }, "AGENT_AUTH_REQUIRED"],
      [{ headers: { ...accept, Authorization: `Basic ${agent.apiKey}` } }, "AGENT_AUTH_REQUIRED"],
      [{ bearer: newAgentKey() }, "AGENT_API_KEY_MISMATCH"],
    ];
    for (const [sending, code] of attempts) {
      const answer = await send("POST", "/mcp", { origin: null, headers: accept, body: listing, ...sending });
      expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="BehalfID"');
      expect(await outcome(Promise.resolve(answer)), JSON.stringify(sending)).toBe(`401 ${code}`);
    }
    // The key in the address would be in every log on the way.
    expect(await outcome(send("POST", `/mcp?key=${agent.apiKey}`, { body: listing }))).toBe(
      "401 AGENT_AUTH_REQUIRED",
    );
  });

  test("another site's page is refused, with its own name or one that was pointed at this machine", async () => {
    for (const origin of ["https://evil.example", "null", `${site}.evil.example`, "http://localhost:1"])
      expect(await outcome(post(listing, { origin })), origin).toBe("403 INVALID_ORIGIN");
    expect(await outcome(post(listing, { origin: site }))).toBe("200");
    const rebound = new Request("http://evil.example:8787/mcp", {
      method: "POST",
      headers: { ...accept, "Content-Type": "application/json", Authorization: `Bearer ${agent.apiKey}` },
      body: JSON.stringify(listing),
    });
    expect(await outcome(exports.default.fetch(rebound))).toBe("403 INVALID_ORIGIN");
    const hosts = [
      ["evil.example:8787", "403 INVALID_ORIGIN"],
      ["localhost:8787", "200"],
    ];
    for (const [host = "", expected] of hosts)
      expect(await outcome(post(listing, { headers: { ...accept, Host: host } })), host).toBe(expected);
  });

  test("there is no stream to open and no session to end or to take over", async () => {
    for (const method of ["GET", "DELETE", "PUT", "PATCH", "OPTIONS"]) {
      const answer = await send(method, "/mcp", { bearer: agent.apiKey, headers: accept });
      expect(answer.headers.get("Allow"), method).toBe("POST");
      expect(await outcome(Promise.resolve(answer))).toBe("405 METHOD_NOT_ALLOWED");
    }
    const answer = await post(listing, { headers: { ...accept, "Mcp-Session-Id": "another's" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Mcp-Session-Id")).toBeNull();
    await answer.body?.cancel();
  });

  test("a body has one meaning and a sensible size", async () => {
    const call = JSON.stringify(message(1, production));
    for (const [body, expected] of [
      ["{", "400 INVALID_JSON"],
      [new Uint8Array([0x7b, 0xff, 0x7d]), "400 INVALID_JSON"],
      [call.replace('"params"', '"method":"tools/list","params"'), "400 INVALID_REQUEST"],
      [call.replace('"tag"', '"tag":"v1.1","tag"'), "400 INVALID_REQUEST"],
      [call.replace('"tag"', '"__proto__":{},"tag"'), "400 INVALID_REQUEST"],
      [call.replace('"v1.2"', "12345678901234567891"), "400 INVALID_REQUEST"],
      [call.replace("v1.2", "x".repeat(66_000)), "413 BODY_TOO_LARGE"],
    ] as const)
      expect(await outcome(raw(body)), String(body).slice(0, 200)).toBe(expected);
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json; charset=utf-16",
    ])
      expect(await outcome(raw(call, { "Content-Type": type })), type).toBe("415 UNSUPPORTED_MEDIA_TYPE");
  });

  test("what is no message of the protocol is an error, and never a failure of ours", async () => {
    const hostile: unknown[] = [
      null,
      1,
      "text",
      {},
      [],
      [[]],
      [null],
      { jsonrpc: "2.0" },
      { jsonrpc: "1.0", id: 1, method: "tools/list" },
      { ...listing, id: null },
      { ...listing, id: {} },
      { ...listing, method: 1 },
      { ...listing, method: "constructor" },
      { ...listing, method: "tools/call" },
      { ...listing, method: "tools/call", params: [] },
      { ...listing, method: "tools/call", params: { name: "__proto__" } },
      { ...listing, method: "tools/call", params: { name: ["verify_action"], arguments: production } },
      { ...listing, method: "tools/call", params: { name: "verify_action", arguments: "x" } },
      { ...listing, params: { _meta: { "io.modelcontextprotocol/protocolVersion": "1999-01-01" } } },
      { jsonrpc: "2.0", id: 1, result: { allowed: true } },
    ];
    for (const body of hostile) {
      const answer = await post(body);
      const said = await answer.text();
      expect(answer.status, `${JSON.stringify(body)} → ${said}`).toBeLessThan(500);
      expect(said).not.toMatch(/"allowed\\?":\s*true/);
    }
  });

  test("a batch is no way around anything", async () => {
    const many = Array.from({ length: 21 }, (_, at) => message(at, production));
    expect(await outcome(post(many))).toBe("400 INVALID_REQUEST");

    const held = await agent.hold("deploy_production", { body: { arguments: { tag: "batch" } } });
    await json(agent.decide(held, "approve"));
    const asked = { action: "deploy_production", arguments: { tag: "batch" } };
    const said = await (await post(many.slice(0, 10).map(({ id }) => message(id, asked)))).text();
    expect(said.split('"allowed":true').length - 1, said).toBe(1);
  });

  test("when the key cannot be looked up, nothing is decided", async () => {
    const request = new Request(`${site}/mcp`, {
      method: "POST",
      headers: { ...accept, "Content-Type": "application/json", Authorization: `Bearer ${agent.apiKey}` },
      body: JSON.stringify(message(1, production)),
    });
    const bindings = { ...env, DB: undefined as unknown as D1Database };
    const answer = Promise.resolve(worker.fetch(request, bindings, createExecutionContext()));
    expect(await outcome(answer)).toBe("503 VERIFY_FAILED_CLOSED");
  });
});
