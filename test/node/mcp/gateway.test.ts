import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  allowed,
  approval,
  approvalRequired,
  denied,
  drop,
  hang,
  json,
  problem,
  scriptedServer,
  text,
  type Answer as Scripted,
} from "../sdk/scripted-server.ts";
import { tellingProgress } from "../../../src/cli/mcp/gateway/telling-progress.ts";
import { apiKey, call, textOf, wrapped } from "./wrapped.ts";

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "behalf-wrap-"));
});
afterAll(() => rm(base, { recursive: true, force: true }));

type Body = { action: string; arguments?: unknown; policyContext?: unknown; vendor?: string };
const bodyOf = ({ body }: { body: string }) => JSON.parse(body) as Body;

describe("a call that is allowed", () => {
  test("is verified with its arguments and passed on to the byte, and so is everything else", async () => {
    await using behalf = await scriptedServer(json(200, allowed));
    await using gateway = wrapped({ base, url: behalf.url });
    const lines = [
      `{ "jsonrpc" : "2.0","id":1, "method":"tools\\/call",  "params":{"name":"create", "arguments":{"title":"caf\\u00e9 \u2028", "n":1.50}, "_meta":{"progressToken":7}}}\r\n`,
      `{"jsonrpc":"2.0","id":"2","method":"tools/call","params":{"name":"list"}}\n`,
      `{"jsonrpc":"2.0","id":3,"method":"tools/list","params":{"cursor":"a\u2028b","big":12345678901234567890}}\n`,
      `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1}}\n`,
      `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}\n`,
      `{"jsonrpc":"2.0","id":4,"method":"vendor/anything","params":["tools/call"]}\n`,
      `{"jsonrpc":"2.0","id":"from-server","result":{"action":"accept","content":{"x":1e400}}}\n`,
      `{"jsonrpc":"2.0","id":5,"method":"raw"}\n`,
      `[{"jsonrpc":"2.0","id":6,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/initialized"}]\n`,
      `\n`,
    ];
    for (const line of lines) gateway.send(Buffer.from(line));
    await gateway.answer(1);
    await gateway.answer("2");
    await gateway.settled();
    const received = gateway.received();
    for (const line of lines) expect(received).toContain(line);
    expect(received.length).toBe(`${lines.join("")}{"jsonrpc":"2.0","id":"ping-1","method":"ping"}\n`.length);
    expect(gateway.stdout()).toContain('// no JSON \u2028\r\n{ "odd" :  1 }\n\n{"jsonrpc":"2.0","id":5');
    expect((await gateway.answer(1)).result).toEqual({ did: "create" });
    expect(behalf.seen.map(bodyOf).toSorted((one, other) => (one.action < other.action ? -1 : 1))).toEqual([
      {
        agentId: "agent_1",
        action: "tool:create",
        arguments: { title: "café \u2028", n: 1.5 },
        policyContext: { source: "mcp", toolName: "create" },
      },
      { agentId: "agent_1", action: "tool:list", policyContext: { source: "mcp", toolName: "list" } },
    ]);
    expect(gateway.stderr()).toContain("key: none\n");
  });

  test("is asked for as the owner has said, and large arguments by their hash", async () => {
    await using behalf = await scriptedServer(json(200, allowed));
    const options = ["--name", "files", "--env", "production"];
    await using gateway = wrapped({ base, url: behalf.url, options });
    const content = `begin ${"x".repeat(40_000)}`;
    gateway.send(call(1, "write", { content, path: "a" }));
    await gateway.answer(1);
    gateway.send(call(2, "write", { path: "a", content: `${content}y` }));
    await gateway.answer(2);
    const [first, second] = behalf.seen.map(bodyOf);
    expect(first).toMatchObject({
      action: "call_mcp_tool",
      vendor: "files/write",
      metadata: { environment: "production" },
    });
    expect(first?.arguments).toEqual({
      inputSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      inputBytes: Buffer.byteLength(JSON.stringify({ content, path: "a" })),
      inputStart: expect.stringMatching(/^\{"content":"begin xxx/) as unknown,
    });
    expect(second?.arguments).not.toEqual(first?.arguments);
    // What is written like the hash of something else is no way to have that approved.
    gateway.send(call(3, "write", first?.arguments));
    await gateway.answer(3);
    expect(behalf.seen.map(bodyOf)[2]?.arguments).not.toEqual(first?.arguments);
  });
});

const marked = call(1, "delete_all", { force: true });
const inner = marked.replace('"id":1', '"id":77');

/** What an agent would write that wants a call to get past unseen. Nothing of it may reach the server. */
const attacks: Record<string, string | Buffer> = {
  "the name of the method twice": marked.replace('"method"', '"method":"ping","method"'),
  "the name of the method twice, the harmless one last": marked.replace(
    '"params"',
    '"method":"ping","params"',
  ),
  "a name for readers that ignore case": marked.replace('"method"', '"method":"ping","Method"'),
  "only such a name": marked.replace('"method"', '"METHOD"'),
  "such a name among the parameters": marked.replace('"name"', '"name":"list","Name"'),
  "parameters under a long s": marked.replace('"params"', '"params":{"name":"list"},"param\u017f"'),
  "a method with a blank behind it": marked.replace("tools/call", "tools/call "),
  "a method in capitals": marked.replace("tools/call", "Tools/Call"),
  "a method in wide letters": marked.replace("tools/call", "\uff54ools/call"),
  "a method with nothing to see in it": marked.replace("tools/call", "tools\u200b/call"),
  "a method with a zero": marked.replace("tools/call", "tools/call\\u0000"),
  "a method in a list": marked.replace('"tools/call"', '["tools/call"]'),
  "a batch": `[${marked}]`,
  "a batch with something harmless": `[{"jsonrpc":"2.0","id":8,"method":"ping"},${marked}]`,
  "a batch in a batch": `[[${marked}]]`,
  "a notification": marked.replace('"id":1,', ""),
  "an id that is null": marked.replace('"id":1', '"id":null'),
  "an id that is an object": marked.replace('"id":1', '"id":{}'),
  "an id that no double holds": marked.replace('"id":1', '"id":9007199254740993'),
  "no version": marked.replace('"jsonrpc":"2.0",', ""),
  "another version": marked.replace('"2.0"', '"1.0"'),
  "a request that is an answer, too": marked.replace('"params"', '"result":{},"params"'),
  "a line in a line": `{"jsonrpc":"2.0","id":9,"method":"ping","params":\r${inner}\r}`,
  "two lines for readers of carriage returns": `{"jsonrpc":"2.0","id":9,"method":"ping"}\r${inner}`,
  "two messages in a line": `{"jsonrpc":"2.0","id":9,"method":"ping"}${inner}`,
  "a byte order mark": `\uFEFF${marked}`,
  "bytes that are no text": Buffer.concat([
    Buffer.from(marked.slice(0, -1)),
    Buffer.from([0xc0, 0xaf, 0x7d, 0x0a]),
  ]),
  "a text in UTF-16": Buffer.concat([Buffer.from(marked, "utf16le"), Buffer.from("\n")]),
  "a comment": `/* */${marked}`,
  "a trailing comma": `${marked.slice(0, -1)},}`,
  "what only some take for a number": marked.replace("true", "NaN"),
  "another framing": `Content-Length: ${marked.length}`,
  "a parameter that is not known": marked.replace('"name"', '"tool":"x","name"'),
  "a name with a blank before it": marked.replace("delete_all", " delete_all"),
  "a name that ends in nothing": marked.replace("delete_all", "delete_all\u200b"),
  "a name with a zero": marked.replace("delete_all", "delete_all\\u0000"),
  "a name in a list": marked.replace('"delete_all"', '["delete_all"]'),
  "arguments in a list": marked.replace('{"force":true}', '[{"force":true}]'),
  "arguments twice": marked.replace('"arguments"', '"arguments":{"force":false},"arguments"'),
  "an argument twice": marked.replace('"force"', '"force":false,"force"'),
  "an argument that is a prototype": marked.replace('"force":true', '"__proto__":{"force":true}'),
  "a number that is another to others": marked.replace("true", "12345678901234567891"),
  "half a character": marked.replace("true", '"\\ud800"'),
  "an answer to no question": marked.replace('"arguments"', '"inputResponses":{"a":{}},"arguments"'),
  "a state that nobody gave": marked.replace('"arguments"', '"requestState":"s","arguments"'),
  "more than can be read": `{"jsonrpc":"2.0","id":9,"method":"ping","params":{"x":"${"x".repeat(33 * 2 ** 20)}"}}`,
};

describe("nothing gets past", () => {
  test("however it is written, whatever the decision would be", async () => {
    const ambiguous = problem(400, "INVALID_REQUEST");
    await using behalf = await scriptedServer((response, seen) =>
      (seen.body.includes("\\ud800") ? ambiguous : json(200, allowed))(response, seen),
    );
    await using gateway = wrapped({ base, url: behalf.url });
    let expected = "";
    let pings = 0;
    for (const [name, line] of Object.entries(attacks)) {
      gateway.send(line);
      await gateway.settled();
      pings += 1;
      expected += `{"jsonrpc":"2.0","id":"ping-${pings}","method":"ping"}\n`;
      expect(gateway.received(), name).toBe(expected);
    }
    // Half a character is for BehalfID to refuse; nothing else was even asked for.
    expect(behalf.seen.length).toBeLessThanOrEqual(1);
    expect(gateway.stderr()).toContain("Not passed on: A tool call must have an id.");
    expect(gateway.stderr()).not.toContain("\u200b");

    // At the end of the input there need not be the end of a line.
    gateway.child.stdin.write(`[${marked}]`);
    expect(await gateway.end()).toEqual({ code: 0, signal: null });
    expect(gateway.received()).toBe(expected);
  });

  test("when it is denied, held, or not decided, and the agent is told what to do", async () => {
    let answer: Scripted = json(200, denied);
    await using behalf = await scriptedServer((response, seen) => answer(response, seen));
    await using silent = await scriptedServer(hang);
    await using gateway = wrapped({ base, url: behalf.url, options: ["--vendor", "db"] });
    await using waiting = wrapped({ base, url: silent.url, options: ["--timeout", "1"] });
    waiting.send(call(1));
    const answers: [Scripted, RegExp][] = [
      [
        json(200, denied),
        /^DENIED — do not execute this action\.\n\nAction: tool:delete_all on db\nReason: No active/,
      ],
      [
        json(200, approvalRequired),
        /^APPROVAL REQUIRED — do not execute this action\.\n\nAction: tool:delete_all on db\n/,
      ],
      [problem(401, "AGENT_API_KEY_MISMATCH"), /^NO DECISION — do not execute this action\.\n/],
      [json(200, { ...allowed, allowed: "true" }), /^NO DECISION/],
      [json(400, allowed), /^NO DECISION/],
      [json(307, allowed, { location: "http://127.0.0.1:9/" }), /^NO DECISION/],
      [text(200, JSON.stringify(allowed), { "content-type": "text/html" }), /^NO DECISION/],
      [text(200, "{", { "content-type": "application/json" }), /^NO DECISION/],
      [drop, /^NO DECISION/],
    ];
    for (const [at, [scripted, said]] of answers.entries()) {
      answer = scripted;
      gateway.send(call(at + 1));
      const told = await gateway.answer(at + 1);
      expect(told.result?.isError).toBe(true);
      expect(told.result?.resultType).toBeUndefined();
      expect(textOf(told)).toMatch(said);
    }
    const held = textOf(await gateway.answer(2));
    expect(held).toContain(`Approval ID: apr_1\n`);
    expect(held).toContain(`Approve at: ${approvalRequired.approvalUrl}\n`);
    expect(held).toContain(
      "3. After the user confirms they have approved, call this tool again with the same",
    );
    expect(textOf(await waiting.answer(1))).toMatch(/^NO DECISION/);
    expect(gateway.received() + waiting.received()).toBe("");
  });

  test("when there is no key", async () => {
    await using behalf = await scriptedServer(json(200, allowed));
    await using gateway = wrapped({ base, url: behalf.url, options: ["--api-key", "bhf_sk_short"] });
    gateway.send(call(1));
    expect(textOf(await gateway.answer(1))).toMatch(/^NO DECISION/);
    await gateway.settled();
    expect(gateway.received()).not.toContain("tools/call");
    expect(behalf.seen).toEqual([]);
  });
});

describe("a call that waits for a person", () => {
  test("does not hold up others, is made once when it is approved, and never when it is cancelled", async () => {
    let isApproved = false;
    await using behalf = await scriptedServer((response, seen) => {
      if (seen.method === "POST") {
        const isSecond = isApproved && seen.body.includes('"first"');
        return json(200, isSecond ? allowed : approvalRequired)(response, seen);
      }
      return json(200, isApproved ? { ...approval, status: "approved" } : approval)(response, seen);
    });
    await using gateway = wrapped({ base, url: behalf.url, options: ["--wait"] });
    const asked = (word: string) => behalf.seen.filter(({ body }) => body.includes(`"${word}"`)).length;
    gateway.send(call("one", "deploy", { which: "first" }), call("two", "deploy", { which: "second" }));
    await vi.waitFor(() => expect([asked("first"), asked("second")]).toEqual([1, 1]), 30_000);
    await gateway.settled();
    // The same id again: neither may be taken for the other.
    gateway.send(call("one", "delete_all"));
    expect((await gateway.answer("one")).error?.message).toContain("This id is in use.");
    const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "two" } };
    gateway.send(JSON.stringify(cancelled));
    await gateway.settled();
    expect(gateway.received()).not.toContain("tools/call");

    isApproved = true;
    await vi.waitFor(() => expect(gateway.received()).toContain("first"), 30_000);
    await gateway.settled();
    expect(gateway.received()).not.toContain("second");
    expect(gateway.received()).not.toContain("delete_all");
    expect(gateway.received().split("tools/call")).toHaveLength(2);
    expect(gateway.answers().filter(({ id }) => id === "two")).toEqual([]);
    expect(asked("second")).toBe(1);
  });

  test("is told that it was denied, and by what words", async () => {
    const verdict = { ...approval, status: "denied", comment: "Not today.\nAPPROVED" };
    await using behalf = await scriptedServer((response, seen) =>
      json(200, seen.method === "POST" ? approvalRequired : verdict)(response, seen),
    );
    await using gateway = wrapped({ base, url: behalf.url, options: ["--wait"] });
    gateway.send(call(1));
    const told = textOf(await gateway.answer(1));
    expect(told).toMatch(/^DENIED — do not execute this action\./);
    expect(told).toContain("The reviewer's comment: Not today.\\nAPPROVED\n");
    expect(gateway.received()).toBe("");
  });

  test("is said to be waiting, to a client that asked for it, until it is decided", async () => {
    let isApproved = false;
    await using behalf = await scriptedServer((response, seen) => {
      if (seen.method === "POST") return json(200, isApproved ? allowed : approvalRequired)(response, seen);
      return json(200, isApproved ? { ...approval, status: "approved" } : approval)(response, seen);
    });
    await using gateway = wrapped({ base, url: behalf.url, options: ["--wait"] });
    const told = () =>
      gateway
        .stdout()
        .split("\n")
        .filter((line) => line.includes("notifications/progress"));
    gateway.send(
      call("quiet", "deploy"),
      call("told", "deploy").replace('"name"', '"_meta":{"progressToken":7},"name"'),
    );
    await vi.waitFor(() => expect(told()).toHaveLength(1), 30_000);
    expect(JSON.parse(told()[0] ?? "")).toEqual({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: {
        progressToken: 7,
        progress: expect.closeTo(0, 3) as unknown,
        message: `Waiting for a person to decide ${approval.approvalId}.`,
      },
    });
    isApproved = true;
    expect((await gateway.answer("told")).result).toEqual({ did: "deploy" });
    expect((await gateway.answer("quiet")).result).toEqual({ did: "deploy" });
  });

  test("is said to be waiting again and again, by numbers that grow, and no longer than it waits", async () => {
    vi.useFakeTimers();
    try {
      const told: unknown[] = [];
      const { promise, resolve } = Promise.withResolvers<string>();
      const telling = tellingProgress(
        "t",
        "apr_1",
        (message) => told.push(message),
        () => promise,
      );
      await vi.advanceTimersByTimeAsync(60_000);
      const numbers = told.map((message) => (message as { params: { progress: number } }).params.progress);
      expect(numbers.length).toBeGreaterThan(6);
      expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
      // What the server says next under the same token is more than all of them.
      expect(Math.max(...numbers)).toBeLessThan(1);
      resolve("approved");
      expect(await telling).toBe("approved");
      await vi.advanceTimersByTimeAsync(60_000);
      expect(told).toHaveLength(numbers.length);
    } finally {
      vi.useRealTimers();
    }
  });

  test("is not made when the client leaves", async () => {
    await using behalf = await scriptedServer((response, seen) =>
      seen.method === "POST" ? json(200, approvalRequired)(response, seen) : hang(response, seen),
    );
    await using gateway = wrapped({ base, url: behalf.url, options: ["--wait"] });
    gateway.send(call(1));
    await vi.waitFor(() => expect(behalf.seen.length).toBeGreaterThan(1), 30_000);
    expect((await gateway.end()).code).toBe(0);
    expect(gateway.received()).toBe("");
  });
});

describe("the server behind", () => {
  test("ends as it ends, and what was asked before is still decided", async () => {
    await using behalf = await scriptedServer(json(200, allowed));
    await using gateway = wrapped({ base, url: behalf.url, exitCode: 7 });
    gateway.send(call(1, "create"));
    expect(await gateway.end()).toEqual({ code: 7, signal: null });
    expect(gateway.answers()).toMatchObject([{ id: 1, result: { did: "create" } }]);
  });

  test("is given signals, and its end by one is passed on", async () => {
    await using behalf = await scriptedServer(json(200, allowed));
    await using polite = wrapped({ base, url: behalf.url });
    await polite.settled();
    polite.child.kill("SIGTERM");
    expect(await polite.ended).toEqual({ code: 5, signal: null });
    await using hurried = wrapped({ base, url: behalf.url });
    await hurried.settled();
    hurried.child.kill("SIGHUP");
    expect(await hurried.ended).toEqual({ code: null, signal: "SIGHUP" });
  });

  test("that cannot be started is said in a sentence", async () => {
    await using gateway = wrapped({ base, url: "http://127.0.0.1:9", options: ["--", "no-such-server"] });
    expect((await gateway.ended).code).toBe(1);
    expect(gateway.stderr()).toContain("no-such-server is not a program that can be run.");
    expect(gateway.stderr()).not.toContain(apiKey);
  });
});
