import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { BehalfID } from "../../../src/sdk/index.ts";
import { apiKey, client, developerToken, refusal, request } from "./client.ts";
import {
  allowed,
  approvalRequired,
  denied,
  drop,
  hang,
  json,
  problem,
  recorder,
  scriptedServer,
  text,
  type Answer,
} from "./scripted-server.ts";

describe("a verify", () => {
  test("sends the agent's key and a name of its own, and nothing of a person's", async () => {
    await using server = await scriptedServer(json(200, allowed));
    const behalf = client(`${server.url}/edge/`, { developerToken });
    await behalf.verify({ ...request, amount: 5, arguments: { ref: "v1" } });
    await behalf.verify(request);
    const [first, second] = server.seen;
    expect(first).toMatchObject({ method: "POST", url: "/edge/api/verify" });
    expect(first?.headers).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
    });
    expect(first?.headers["x-developer-token"]).toBeUndefined();
    expect(JSON.parse(first?.body ?? "")).toEqual({ ...request, amount: 5, arguments: { ref: "v1" } });
    expect(first?.headers["idempotency-key"]).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(second?.headers["idempotency-key"]).not.toBe(first?.headers["idempotency-key"]);
  });

  test("is for the client's agent when it names none", async () => {
    await using server = await scriptedServer(json(200, allowed));
    await client(server.url, { agentId: "agent_default" }).verify({ action: "deploy" });
    expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual({ agentId: "agent_default", action: "deploy" });
  });

  test.each([
    ["allowed", allowed],
    ["denied", denied],
    ["held for approval", approvalRequired],
    ["allowed with keys that came later", { ...allowed, replayed: true, future: { a: 1 } }],
  ])("gives back the packet when it is %s", async (_, packet) => {
    await using server = await scriptedServer(json(200, packet));
    expect(await client(server.url).verify(request)).toEqual(packet);
  });

  test("uses the name that the caller gives, and refuses one that no header can carry", async () => {
    await using server = await scriptedServer(json(200, allowed));
    const behalf = client(server.url);
    await behalf.verify(request, { idempotencyKey: "deploy-42" });
    expect(server.seen[0]?.headers["idempotency-key"]).toBe("deploy-42");
    for (const idempotencyKey of ["", "a b", "a\r\nx: y", "é", "x".repeat(129)])
      expect(await refusal(behalf.verify(request, { idempotencyKey }))).toMatchObject({
        code: "INVALID_REQUEST",
      });
    expect(server.seen).toHaveLength(1);
  });

  test("needs a key, and a request that JSON can hold", async () => {
    await using server = await scriptedServer(json(200, allowed));
    expect(await refusal(new BehalfID({ baseUrl: server.url }).verify(request))).toMatchObject({
      code: "AGENT_AUTH_REQUIRED",
    });
    const loop: Record<string, unknown> = {};
    loop["loop"] = loop;
    for (const unspeakable of [loop, { n: 1n }])
      expect(await refusal(client(server.url).verify({ ...request, arguments: unspeakable }))).toMatchObject({
        code: "INVALID_REQUEST",
      });
    expect(server.seen).toHaveLength(0);
  });
});

// Each of these would be permission to someone who only looks at a status, or at one field.
const notAnAllow: [string, Answer][] = [
  ["junk", text(200, "OK", { "content-type": "application/json" })],
  ["nothing", text(200, "", { "content-type": "application/json" })],
  ["null", json(200, null)],
  ["true", json(200, true)],
  ["a list", json(200, [allowed])],
  ["HTML", text(200, "<html>allowed</html>", { "content-type": "text/html" })],
  ["a good packet as HTML", text(200, JSON.stringify(allowed), { "content-type": "text/html" })],
  ["a good packet as text", text(200, JSON.stringify(allowed), { "content-type": "text/plain" })],
  ["a good packet without a type", text(200, JSON.stringify(allowed))],
  ["a good packet with a type like JSON", json(200, allowed, { "content-type": "application/jsonp" })],
  [
    "a packet that is cut off",
    text(200, JSON.stringify(allowed).slice(0, -2), { "content-type": "application/json" }),
  ],
  ["two packets", text(200, JSON.stringify(allowed).repeat(2), { "content-type": "application/json" })],
  ["a packet in a packet", json(200, { decision: allowed })],
  ["allowed alone", json(200, { allowed: true })],
  ["allowed as text", json(200, { ...allowed, allowed: "true" })],
  ["allowed as a number", json(200, { ...allowed, allowed: 1 })],
  ["allowed in another case", json(200, { ...allowed, allowed: undefined, Allowed: true })],
  ["allowed and held at once", json(200, { ...allowed, approvalRequired: true })],
  ["allowed and held at once, as a held one", json(200, { ...approvalRequired, allowed: true })],
  ["allowed with a reason to deny", json(200, { ...allowed, reasonCode: "no_permission" })],
  ["allowed with the advice to stop", json(200, { ...allowed, nextAction: "stop" })],
  ["allowed without a request id", json(200, { ...allowed, requestId: undefined })],
  ["allowed with an empty request id", json(200, { ...allowed, requestId: "" })],
  ["allowed without a permission", json(200, { ...allowed, permissionId: undefined })],
  ["allowed without a reason", json(200, { ...allowed, reason: undefined })],
  [
    "allowed by way of a prototype",
    text(200, `{"__proto__":${JSON.stringify(allowed)}}`, { "content-type": "application/json" }),
  ],
  [
    "an explanation",
    json(200, { decision: { outcome: "allow", reasonCode: "allowed", reason: "x", risk: "low" }, trace: [] }),
  ],
  ["201", json(201, allowed)],
  ["202", json(202, allowed)],
  ["204", text(204, "")],
  ["206", json(206, allowed)],
  [
    "broken UTF-8",
    (response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(Buffer.from([0x7b, 0xff, 0x7d])),
  ],
  [
    "10 MB",
    (response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(`{"pad":"${"x".repeat(10 * 1024 * 1024)}",${JSON.stringify(allowed).slice(1)}`);
    },
  ],
  [
    "10 MB that are announced",
    (response) => {
      const body = `{"pad":"${"x".repeat(10 * 1024 * 1024)}",${JSON.stringify(allowed).slice(1)}`;
      response
        .writeHead(200, { "content-type": "application/json", "content-length": body.length })
        .end(body);
    },
  ],
  [
    "a good packet whose connection ends before its announced length",
    (response) => {
      const body = JSON.stringify(allowed);
      response.writeHead(200, { "content-type": "application/json", "content-length": body.length + 1 });
      response.write(body, () => response.socket?.destroy());
    },
  ],
];

test.concurrent.each(notAnAllow)("an answer of %s is no permission", async (_, answer) => {
  await using server = await scriptedServer(answer);
  const { run, ran } = recorder();
  const error = await refusal(client(server.url).guard(request, run));
  expect(error).toMatchObject({ name: "BehalfError", code: "INVALID_RESPONSE" });
  expect(ran).toEqual([]);
  expect((await refusal(client(server.url).verify(request))).code).toBe("INVALID_RESPONSE");
});

describe("a redirect", () => {
  test.each([301, 302, 303, 307, 308])(
    "%i is refused, and the key never reaches the other address",
    async (status) => {
      await using elsewhere = await scriptedServer(json(200, allowed));
      await using server = await scriptedServer(
        text(status, "", { location: `${elsewhere.url}/api/verify` }),
      );
      const { run, ran } = recorder();
      const error = await refusal(client(server.url).guard(request, run));
      expect(error).toMatchObject({ code: "REDIRECT_REFUSED", status });
      expect(elsewhere.seen).toHaveLength(0);
      expect(server.seen).toHaveLength(1);
      expect(ran).toEqual([]);
    },
  );

  test("that a fetch of the caller's followed on its own is refused as well", async () => {
    await using elsewhere = await scriptedServer(json(200, allowed));
    await using server = await scriptedServer(text(307, "", { location: elsewhere.url }));
    const following: typeof fetch = (input, init) => fetch(input, { ...init, redirect: "follow" });
    const error = await refusal(client(server.url, { fetch: following }).verify(request));
    expect(error.code).toBe("REDIRECT_REFUSED");
  });
});

describe.concurrent("an attempt that failed", () => {
  const keysOf = (server: Awaited<ReturnType<typeof scriptedServer>>) =>
    new Set(server.seen.map((seen) => seen.headers["idempotency-key"]));

  test.each([
    ["503", problem(503, "VERIFY_FAILED_CLOSED")],
    ["503 from a proxy", text(503, "<html>", { "content-type": "text/html" })],
    ["429 that asks for a second", problem(429, "RATE_LIMIT_EXCEEDED", { "retry-after": "1" })],
    [
      "429 with a date that has passed",
      problem(429, "RATE_LIMIT_EXCEEDED", { "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" }),
    ],
    ["a dropped connection", drop],
  ])("with %s is repeated under the same name", async (_, failure) => {
    await using server = await scriptedServer(failure, json(200, allowed));
    expect(await client(server.url).verify(request)).toEqual(allowed);
    expect(server.seen).toHaveLength(2);
    expect(keysOf(server).size).toBe(1);
    expect(server.seen[0]?.body).toBe(server.seen[1]?.body);
  });

  test("waits as long as the server asks", async () => {
    const busy = problem(429, "RATE_LIMIT_EXCEEDED", { "retry-after": "1" });
    await using server = await scriptedServer(busy, json(200, allowed));
    await client(server.url).verify(request);
    expect((server.seen[1]?.at ?? 0) - (server.seen[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test("spends one grant although the answer that carried it was lost", async () => {
    const packets = new Map<unknown, unknown>();
    let grants = 1;
    const decide: Answer = (response, seen) => {
      const key = seen.headers["idempotency-key"];
      const isFirst = !packets.has(key);
      if (isFirst) packets.set(key, grants-- > 0 ? allowed : denied);
      if (isFirst) return drop(response, seen);
      return json(200, packets.get(key))(response, seen);
    };
    await using server = await scriptedServer(decide);
    expect(await client(server.url).verify(request)).toEqual(allowed);
    expect(packets.size).toBe(1);
  });

  test("is given up after three, with the server's own words", async () => {
    await using server = await scriptedServer(problem(503, "VERIFY_FAILED_CLOSED"));
    const error = await refusal(client(server.url).verify(request));
    expect(error).toMatchObject({
      name: "BehalfError",
      code: "VERIFY_FAILED_CLOSED",
      status: 503,
      requestId: "req_problem",
      hint: "The hint.",
      message: "The sentence of VERIFY_FAILED_CLOSED.",
    });
    expect(server.seen).toHaveLength(3);
    expect(keysOf(server).size).toBe(1);
  });

  test("is given up at once when the server asks to wait for longer than anyone would", async () => {
    for (const wait of ["3600", "Fri, 31 Dec 2199 23:59:59 GMT"]) {
      await using server = await scriptedServer(problem(429, "RATE_LIMIT_EXCEEDED", { "retry-after": wait }));
      const error = await refusal(client(server.url).verify(request));
      expect(error.code).toBe("RATE_LIMIT_EXCEEDED");
      expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(3600);
      expect(server.seen).toHaveLength(1);
    }
  });

  test.each([
    [400, "INVALID_REQUEST"],
    [401, "AGENT_API_KEY_MISMATCH"],
    [403, "FORBIDDEN"],
    [409, "IDEMPOTENCY_CONFLICT"],
    [413, "BODY_TOO_LARGE"],
    [500, "INTERNAL_ERROR"],
  ])("with %i %s is not repeated", async (status, code) => {
    await using server = await scriptedServer(problem(status, code), json(200, allowed));
    expect(await refusal(client(server.url).verify(request))).toMatchObject({ code, status });
    expect(server.seen).toHaveLength(1);
  });

  test("has a code even when the refusal is none of ours", async () => {
    await using server = await scriptedServer(
      text(502, "<html>bad gateway</html>", { "content-type": "text/html" }),
    );
    expect(await refusal(client(server.url).verify(request))).toMatchObject({
      code: "HTTP_ERROR",
      status: 502,
      message: "The server answered 502.",
    });
  });

  test("is told as a network error when nobody answers", async () => {
    const gone = await scriptedServer(hang);
    await gone[Symbol.asyncDispose]();
    const error = await refusal(client(gone.url).verify(request));
    expect(error.code).toBe("NETWORK_ERROR");
    expect(inspect(error.cause)).toContain("ECONNREFUSED");
  });
});

describe.concurrent("an answer that does not come", () => {
  const slow: Answer = (response) => {
    const body = JSON.stringify(allowed);
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    let sent = 0;
    const timer = setInterval(() => response.write(body[sent++] ?? ""), 50);
    response.on("close", () => clearInterval(timer));
  };
  test.each([
    ["a server that hangs", hang],
    ["a body that drips", slow],
  ])("ends with the timeout for %s", async (_, answer) => {
    await using server = await scriptedServer(answer);
    const { run, ran } = recorder();
    const startedAt = performance.now();
    const error = await refusal(client(server.url, { timeoutMs: 300 }).guard(request, run));
    expect(error.code).toBe("TIMEOUT");
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(server.seen).toHaveLength(1);
    expect(ran).toEqual([]);
  });

  test("ends with the timeout even for a fetch that pays no heed to its signal", async () => {
    const deaf: typeof fetch = () => new Promise(() => {});
    const error = await refusal(
      client("http://localhost:1", { fetch: deaf, timeoutMs: 100 }).verify(request),
    );
    expect(error.code).toBe("TIMEOUT");
  });

  test("ends when the caller says so, before or during the call", async () => {
    await using server = await scriptedServer(hang);
    const behalf = client(server.url, { timeoutMs: 5000 });
    const late = AbortSignal.timeout(100);
    expect(await refusal(behalf.verify(request, { signal: late }))).toMatchObject({
      code: "ABORTED",
      cause: late.reason as unknown,
    });
    expect((await refusal(behalf.verify(request, { signal: AbortSignal.abort() }))).code).toBe("ABORTED");
    expect(server.seen).toHaveLength(1);
  });

  test("ends when the caller says so while the next attempt is waited for", async () => {
    const busy = problem(503, "VERIFY_FAILED_CLOSED", { "retry-after": "9" });
    await using server = await scriptedServer(busy);
    const startedAt = performance.now();
    const behalf = client(server.url, { timeoutMs: 10_000 });
    const error = await refusal(behalf.verify(request, { signal: AbortSignal.timeout(200) }));
    expect(error.code).toBe("ABORTED");
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
