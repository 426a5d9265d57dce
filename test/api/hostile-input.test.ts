import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { LogItem } from "../../src/contract/log.ts";
import type { DecisionPacket } from "../../src/contract/verify.ts";
import { newAgent, type TestAgent } from "./agent-scene.ts";
import { json, newOwner, outcome, send, site, type Someone } from "./people-scene.ts";

let owner: Someone;
let agent: TestAgent;

beforeAll(async () => {
  owner = await newOwner();
  agent = await newAgent(owner);
  await agent.permit({ action: "read", resource: "vercel.com" });
  await agent.permit({ action: "deploy", requiresApproval: true });
});

/** A verify whose body and headers are exactly these. */
function raw(body: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch(`${site}/api/verify`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${agent.apiKey}`, ...headers },
    body,
  });
}

const asking = (more: Record<string, unknown>) => JSON.stringify({ agentId: agent.agentId, ...more });
const read = () => asking({ action: "read", vendor: "vercel.com" });

describe("names that every object has", () => {
  const names = ["constructor", "toString", "hasOwnProperty", "valueOf", "__defineGetter__", "prototype"];

  test.each([...names, "__proto__"])("are actions like any other: %s", async (name) => {
    expect(await agent.verify(name, { body: { vendor: name } })).toMatchObject({
      reasonCode: "no_permission",
    });
    await agent.permit({ action: name, resource: name });
    expect(await agent.verify(name, { body: { vendor: name } })).toMatchObject({ allowed: true });
  });

  test("change no object when they are keys, and are kept as they came", async () => {
    const metadata = {
      constructor: { prototype: { polluted: true } },
      prototype: { polluted: true },
      hasOwnProperty: 1,
      toJSON: "not a function",
      length: -1,
    };
    const { requestId } = await agent.verify("read", { body: { vendor: "vercel.com", metadata } });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    const logs = await json<LogItem[]>(agent.call("GET", `/api/logs/${agent.agentId}`));
    expect(logs.find((each) => each.requestId === requestId)?.metadata).toEqual(metadata);
  });

  test("are no facts: a constraint does not find in them what the request left out", async () => {
    await agent.permit({ action: "ship", constraints: { allowedEnvironments: ["staging"] } });
    for (const metadata of [
      `{"constructor":{"environment":"staging"}}`,
      `{"prototype":{"environment":"staging"}}`,
    ])
      expect(
        await json(raw(`{"agentId":"${agent.agentId}","action":"ship","metadata":${metadata}}`)),
      ).toMatchObject({
        reasonCode: "environment_not_allowed",
      });
    const body = `{"agentId":"${agent.agentId}","action":"ship","metadata":{"__proto__":{"environment":"staging"}}}`;
    expect(await outcome(raw(body))).toBe("400 INVALID_REQUEST");
  });
});

describe("bytes that are no text", () => {
  const bytes = {
    "an overlong slash": [0xc0, 0xaf],
    "a longer one": [0xe0, 0x80, 0xaf],
    "a surrogate": [0xed, 0xa0, 0x80],
    "beyond the last character": [0xf4, 0x90, 0x80, 0x80],
    "cut off": [0xf0, 0x9f],
    "a byte alone": [0x80],
    "UTF-16's mark": [0xff, 0xfe],
  };

  test.each(Object.entries(bytes))("are refused: %s", async (_, wrong) => {
    const [before, after] = asking({ action: "read|" })
      .split("|")
      .map((text) => new TextEncoder().encode(text));
    const body = new Uint8Array([...(before ?? []), ...wrong, ...(after ?? [])]);
    expect(await outcome(raw(body))).toBe("400 INVALID_JSON");
  });

  test("are refused in another encoding, compressed, or called so", async () => {
    const utf16 = new Uint8Array(Array.from(new TextEncoder().encode(read())).flatMap((byte) => [byte, 0]));
    expect(await outcome(raw(utf16))).toBe("400 INVALID_JSON");
    const unsupported = "415 UNSUPPORTED_MEDIA_TYPE";
    expect(await outcome(raw(utf16, { "Content-Type": "application/json; charset=utf-16le" }))).toBe(
      unsupported,
    );
    for (const encoding of ["gzip", "br", "GZIP, identity", "x"])
      expect(await outcome(raw(read(), { "Content-Encoding": encoding })), encoding).toBe(unsupported);
    expect(await outcome(raw(read(), { "Content-Encoding": "identity" }))).toBe("200");
  });
});

describe("half a character", () => {
  const half = "x\ud800";
  const texts: [string, Record<string, unknown>][] = [
    ["action", { action: half }],
    ["vendor", { action: "deploy", vendor: half }],
    ["resource", { action: "deploy", resource: half }],
    ["arguments", { action: "deploy", arguments: { deep: [{ text: half }] } }],
    ["arguments' key", { action: "deploy", arguments: { deep: [{ [half]: 1 }] } }],
    ["metadata", { action: "deploy", metadata: { branch: half } }],
    ["command", { action: "deploy", policyContext: { toolInput: { command: half } } }],
    ["file", { action: "deploy", policyContext: { toolInput: { filePath: half } } }],
    ["folder", { action: "deploy", policyContext: { cwd: half } }],
    ["home", { action: "deploy", policyContext: { home: half } }],
  ];

  test.each(texts)("is refused in what a person would approve: %s", async (_, body) => {
    expect(await outcome(raw(asking(body)))).toBe("400 INVALID_REQUEST");
  });
});

describe("what reads alike is not the same", () => {
  const alike = {
    "another script's letter": "vеrcel.com",
    "a wide letter": "ｖercel.com",
    "a sign of no width": "ver\u200bcel.com",
    "a change of direction": "\u202emoc.lecrev",
    "a tag": "vercel.com\u{e0041}",
    "a mark": "vercel.com\u0301",
    "another dot": "vercel\u3002com",
    "a soft hyphen": "vercel\u00ad.com",
    "a newline": "vercel.com\nevil.example",
    "a zero": "vercel.com\u0000",
  };

  test.each(Object.entries(alike))("to a permission: %s", async (_, vendor) => {
    expect(await agent.verify("read", { body: { vendor } })).toMatchObject({
      reasonCode: "resource_mismatch",
    });
    expect(await agent.verify(vendor, {})).toMatchObject({ reasonCode: "no_permission" });
  });

  test.each(Object.entries(alike))("to a grant: %s", async (_, look) => {
    const approved = { arguments: { to: "vercel.com" }, vendor: "vercel.com" };
    const approvalId = await agent.hold("deploy", { body: approved });
    await json(agent.decide(approvalId, "approve"));
    for (const other of [
      { ...approved, vendor: look },
      { ...approved, arguments: { to: look } },
      { ...approved, arguments: { [look]: "vercel.com" } },
    ]) {
      const held = await agent.verify("deploy", { body: other });
      expect(held).toMatchObject({ allowed: false, approvalRequired: true });
      expect(held).not.toMatchObject({ approvalId });
    }
    expect(await agent.verify("deploy", { body: approved })).toMatchObject({
      reasonCode: "allowed_by_grant",
    });
  });
});

describe("a header", () => {
  test.each([
    ["two keys", { Authorization: "Bearer KEY, Bearer KEY" }, "401 AGENT_AUTH_REQUIRED"],
    ["a key and more", { Authorization: "Bearer KEY x" }, "401 AGENT_AUTH_REQUIRED"],
    ["a tab", { Authorization: "Bearer\tKEY" }, "401 AGENT_AUTH_REQUIRED"],
    ["another scheme", { Authorization: "Basic KEY" }, "401 AGENT_AUTH_REQUIRED"],
    ["the scheme in another case", { Authorization: "bEARER KEY" }, "200"],
    ["a retry key that is too long", { "Idempotency-Key": "k".repeat(129) }, "400 INVALID_REQUEST"],
    ["two content types", { "Content-Type": "application/json, text/plain" }, "415 UNSUPPORTED_MEDIA_TYPE"],
  ])("with %s is answered: %s", async (_name, headers, expected) => {
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replaceAll("KEY", agent.apiKey)]),
    );
    expect(await outcome(raw(read(), sent))).toBe(expected);
  });

  test("that names another host, address or method changes neither links nor meaning", async () => {
    const meddling = {
      "X-Forwarded-Host": "evil.example",
      "X-Forwarded-Proto": "http",
      "X-Original-URL": "/api/health",
      "X-Rewrite-URL": "/api/health",
      "X-HTTP-Method-Override": "POST",
      "X-Method-Override": "POST",
      "X-Request-Id": "req_mine00000000000000",
      Forwarded: "host=evil.example",
      Referer: "https://evil.example/",
    };
    const held = await json<DecisionPacket>(raw(asking({ action: "deploy", amount: 3 }), meddling));
    if (!held.approvalRequired) throw new Error("It was not held.");
    expect(held.requestId).not.toBe(meddling["X-Request-Id"]);
    expect(held.approvalUrl).toBe(`${site}/dashboard/approvals?approvalId=${held.approvalId}`);
    // A link in a page or a mail makes a GET, and with these it must still decide nothing.
    const path = `/api/dashboard/approvals/${held.approvalId}/approve?_method=POST`;
    const opened = send("GET", path, { cookie: owner.cookie, headers: meddling });
    expect(await outcome(opened)).toBe("405 METHOD_NOT_ALLOWED");
    expect(await agent.verify("deploy", { body: { amount: 3 } })).toMatchObject({
      approvalId: held.approvalId,
    });
  });
});

describe("what means something to SQL, to a shell or to a template", () => {
  const texts = [
    "'; DROP TABLE agents; --",
    '" OR ""="',
    "1' UNION SELECT sealed FROM webhook_secrets --",
    "100%_\\%",
    "?1 ?2 :name @name $name",
    "char(0)||randomblob(9)",
    "json('{\"a\":1}')->>'$.a'",
    "${7*7}{{7*7}}<%= 7*7 %>",
    "$(id)`id`;id|id&&id",
  ];

  test.each(texts)("is a text like any other: %s", async (text) => {
    const named = await newAgent(owner, text);
    await named.permit({ action: text, resource: text, description: text, notes: text });
    const { requestId } = await named.verify(text, { body: { vendor: text } });
    expect(await json(named.call("GET", `/api/agents/${named.agentId}`))).toMatchObject({
      agent: { name: text },
      permissions: [{ action: text, resource: text, description: text, notes: text }],
    });
    for (const [name, value] of [
      ["action", text],
      ["vendor", text],
      ["q", text],
    ] as const) {
      const path = `/api/logs/${named.agentId}?${name}=${encodeURIComponent(value)}`;
      expect(await json(named.call("GET", path)), name).toMatchObject({
        logs: [{ requestId, action: text, vendor: text, allowed: true }],
        summary: { total: 1 },
      });
      const other = `/api/logs/${named.agentId}?${name}=${encodeURIComponent(`${value}'`)}`;
      expect(await json(named.call("GET", other)), name).toMatchObject({ summary: { total: 0 } });
    }
  });
});

describe("a glob without one safe meaning", () => {
  const globs = [
    "!main",
    "!(a|b)",
    "+(a)",
    "(a|b)",
    "[a",
    "{a",
    "{1..9}",
    "a\u0000",
    "a/***",
    "{a,b}".repeat(20),
  ];

  test.each(globs)("is refused where it would be saved: %j", async (glob) => {
    const refused = {
      field: expect.stringMatching(/^constraints\.\w+\.1$/),
      rule: expect.stringContaining("glob"),
    };
    for (const list of [
      "allowedBranches",
      "deniedRepositories",
      "allowedEnvironments",
      "allowedPaths",
      "deniedPaths",
    ]) {
      const permission = { action: "read", constraints: { [list]: ["main", glob] } };
      const { agentId } = agent;
      for (const [path, body] of [
        ["/api/permissions", { agentId, ...permission }],
        [`/api/dashboard/agents/${agentId}/permissions`, permission],
        [`/api/dashboard/agents/${agentId}/explain`, { request: { action: "read" }, draft: permission }],
      ] as const) {
        const answer = await send("POST", path, { cookie: owner.cookie, body });
        expect(answer.status, `${path} ${list}`).toBe(400);
        expect(await answer.json()).toMatchObject({ code: "INVALID_REQUEST", errors: [refused] });
      }
    }
  });
});

test("the longest lists that an owner may write are decided in time for the longest values of an agent", async () => {
  const many = (entry: (index: number) => string) => Array.from({ length: 60 }, (_, index) => entry(index));
  await agent.permit({
    action: "execute_command",
    constraints: {
      deniedPaths: many((index) => `**/${"*a".repeat(120)}${index}/**/${"?".repeat(40)}*`),
      deniedCommands: many((index) => `${"a".repeat(500)}${index}`),
      allowedBranches: many((index) => `${"{a,b}".repeat(6)}*${index}*`),
    },
  });
  const began = performance.now();
  const packet = await agent.verify("execute_command", {
    body: {
      metadata: { branch: "ab".repeat(500) },
      policyContext: { cwd: `/${"a/".repeat(2000)}`, toolInput: { command: "a".repeat(11_000) } },
    },
  });
  expect(packet.allowed).toBe(false);
  expect(performance.now() - began).toBeLessThan(5000);
});
