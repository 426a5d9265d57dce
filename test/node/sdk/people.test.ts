import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { BehalfID } from "../../../src/sdk/index.ts";
import { apiKey, client, developerToken, refusal } from "./client.ts";
import { allowed, drop, hang, json, problem, scriptedServer, text } from "./scripted-server.ts";

const session = "T0kenOfASession.c2lnbmF0dXJl%3D";
const at = "2030-01-30T12:00:00.000Z";
const webhook = {
  webhookId: "wh_1",
  url: "https://example.com/hooks",
  format: "json",
  events: ["*"],
  hasRoutingKey: false,
  status: "active",
  disabledReason: null,
  disabledAt: null,
  failingSince: null,
  secrets: [],
  createdBy: null,
  createdAt: at,
};
const issued = { webhook, secret: "whsec_xxx" };
const deliveries = { deliveries: [], nextCursor: null };

describe("a session", () => {
  test("is sent as the cookie, from the site's own origin, with what a person does", async () => {
    await using server = await scriptedServer(json(200, { agents: [], nextCursor: null }));
    const person = new BehalfID({ session, baseUrl: `${server.url}/behalf` });
    await person.agents.list();
    expect(server.seen[0]?.headers).toMatchObject({
      cookie: `behalfid_developer=${session}`,
      origin: server.url,
    });
    expect(server.seen[0]?.headers).not.toHaveProperty("authorization");
  });

  test("does not go along with what an agent does, nor beside a developer token", async () => {
    await using server = await scriptedServer(
      json(200, allowed),
      json(200, { agents: [], nextCursor: null }),
    );
    const both = new BehalfID({ apiKey, session, developerToken, baseUrl: server.url });
    await both.verify({ agentId: "agent_1", action: "deploy" });
    await both.agents.list();
    for (const { headers } of server.seen) expect(headers).not.toHaveProperty("cookie");
    expect(server.seen[1]?.headers).toMatchObject({ "x-developer-token": developerToken });
  });

  test("is the person's where an agent key would do, too", async () => {
    await using server = await scriptedServer(problem(404, "NOT_FOUND"));
    await refusal(new BehalfID({ apiKey, session, baseUrl: server.url }).agents.get("agent_1"));
    expect(server.seen[0]?.url).toBe("/api/dashboard/agents/agent_1");
  });

  test.each(["", "a; behalfid_developer=b", "a,b", "a b", "a\r\nx: y", 'a"b'])(
    "that could say more than itself is refused: %j",
    (spoilt) => {
      expect(() => new BehalfID({ session: spoilt })).toThrow("session is empty or holds characters");
    },
  );

  test("is in no error and in no print of the client", async () => {
    await using server = await scriptedServer(
      json(403, { error: `what is ${session}?`, code: "X", hint: session }),
    );
    const person = new BehalfID({ session, baseUrl: server.url });
    const error = await refusal(person.agents.list());
    expect(inspect([person, error], { depth: 9, showHidden: true })).not.toContain("T0kenOfASession");
  });
});

describe("an export", () => {
  const lines = Array.from({ length: 50 }, (_, index) => `{"n":${index}}`).join("\n");

  test.each([
    ["ndjson", "application/x-ndjson; charset=utf-8"],
    ["csv", "text/csv; charset=utf-8"],
  ] as const)("in %s is given on as it arrives", async (format, type) => {
    await using server = await scriptedServer(text(200, lines, { "content-type": type }));
    const body = await client(server.url, { developerToken }).logs.export(format, { agentId: "agent_1" });
    expect(await new Response(body).text()).toBe(lines);
    expect(server.seen[0]).toMatchObject({
      url: `/api/dashboard/logs?agentId=agent_1&format=${format}`,
      headers: { "x-developer-token": developerToken },
    });
  });

  test("may take longer than the timeout once it has begun", async () => {
    await using server = await scriptedServer((response) => {
      response.writeHead(200, { "content-type": "text/csv" });
      response.write("a\n");
      setTimeout(() => response.end("b\n"), 500);
    });
    const body = await client(server.url, { developerToken, timeoutMs: 200 }).logs.export("csv");
    expect(await new Response(body).text()).toBe("a\nb\n");
  });

  test("that stalls ends five minutes after the last of it came", async () => {
    vi.useFakeTimers();
    try {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array([97, 10])),
      });
      const headers = { "content-type": "text/csv" };
      const { logs } = client("http://localhost:1", {
        developerToken,
        fetch: () => Promise.resolve(new Response(body, { headers })),
      });
      const reader = (await logs.export("csv")).getReader();
      expect(await reader.read()).toMatchObject({ done: false });
      const stalled = refusal(reader.read());
      await vi.advanceTimersByTimeAsync(299_999);
      expect(await Promise.race([stalled, Promise.resolve("still waiting")])).toBe("still waiting");
      await vi.advanceTimersByTimeAsync(1);
      expect(await stalled).toMatchObject({
        code: "TIMEOUT",
        message: expect.stringMatching(/stalled/) as string,
      });
    } finally {
      vi.useRealTimers();
    }
  });

  test("that does not begin, is refused or is something else is an error", async () => {
    await using server = await scriptedServer(
      hang,
      problem(403, "FORBIDDEN"),
      json(200, { logs: [] }),
      text(200, "<html>", { "content-type": "text/html" }),
      drop,
    );
    const { logs } = client(server.url, { developerToken, timeoutMs: 200 });
    for (const code of ["TIMEOUT", "FORBIDDEN", "INVALID_RESPONSE", "INVALID_RESPONSE", "NETWORK_ERROR"])
      expect(await refusal(logs.export("csv"))).toMatchObject({ code });
  });

  test("that is refused with half a refusal does not hold its caller", async () => {
    await using server = await scriptedServer((response) => {
      response.writeHead(503, { "content-type": "application/problem+json" }).write("{");
    });
    const { logs } = client(server.url, { developerToken, timeoutMs: 200 });
    expect(await refusal(logs.export("csv"))).toMatchObject({ code: "TIMEOUT" });
  });

  test("that breaks off is an error of ours, with no secret in it", async () => {
    const broken = (cause: Error) =>
      new Response(new ReadableStream({ pull: (controller) => controller.error(cause) }), {
        headers: { "content-type": "text/csv" },
      });
    await using server = await scriptedServer((response) => {
      response.writeHead(200, { "content-type": "text/csv" });
      response.write("a\n", () => response.socket?.destroy());
    });
    const { logs } = client(server.url, { developerToken });
    const cut = await refusal(new Response(await logs.export("csv")).text());
    expect(cut).toMatchObject({
      code: "INVALID_RESPONSE",
      message: expect.stringMatching(/broke off/) as string,
    });
    const told = client(server.url, {
      developerToken,
      fetch: () => Promise.resolve(broken(new Error(`sent x-developer-token: ${developerToken}`))),
    });
    const error = await refusal(new Response(await told.logs.export("csv")).text());
    expect(error).toMatchObject({ code: "INVALID_RESPONSE" });
    expect(inspect(error)).not.toContain(developerToken);
  });

  test("ends when its reader gives up", async () => {
    await using server = await scriptedServer((response) => {
      response.writeHead(200, { "content-type": "text/csv" });
      response.write("a\n");
    });
    const giveUp = new AbortController();
    const body = await client(server.url, { developerToken }).logs.export("csv", {}, giveUp);
    const reading = new Response(body).text();
    giveUp.abort();
    expect(await refusal(reading)).toMatchObject({ code: "ABORTED" });
  });

  test("leaves nothing on its caller's signal, however it ends", async () => {
    const csv = { "content-type": "text/csv" };
    await using server = await scriptedServer(
      text(200, "a\n", csv),
      (response) => void response.writeHead(200, csv).write("a\n"),
      (response) => void response.writeHead(200, csv).write("a\n", () => response.socket?.destroy()),
      problem(403, "FORBIDDEN"),
    );
    const { signal } = new AbortController();
    const { logs } = client(server.url, { developerToken });
    await new Response(await logs.export("csv", {}, { signal })).text();
    await (await logs.export("csv", {}, { signal })).cancel();
    await refusal(new Response(await logs.export("csv", {}, { signal })).text());
    await refusal(logs.export("csv", {}, { signal }));
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

test("webhooks and passports are asked for where the API has them", async () => {
  await using server = await scriptedServer(
    json(201, issued),
    json(200, { webhooks: [webhook], nextCursor: null }),
    json(200, { webhook }),
    json(200, { webhook }),
    json(200, issued),
    json(202, { eventId: "evt_1", deliveryId: "dlv_1" }),
    json(200, deliveries),
    json(200, deliveries),
    json(202, { deliveryId: "dlv_1" }),
    json(202, { replayed: 5000, nextCursor: "next" }),
    json(202, { replayed: 3 }),
    json(200, { events: [], nextCursor: null, after: "cursor" }),
    json(200, { deleted: true }),
    json(201, { agentId: "agent_1", token: "bhf_pass_x", url: "https://behalf.example/passport" }),
    json(200, { revoked: true }),
  );
  const { webhooks, passports } = client(server.url, { developerToken });
  await webhooks.create({ url: "https://example.com/hooks", events: ["*"] });
  await webhooks.list({ limit: 2 });
  await webhooks.enable("wh_1");
  await webhooks.disable("wh_1");
  await webhooks.rotateSecret("wh_1", { overlapSeconds: 60 });
  await webhooks.test("wh_1");
  await webhooks.deliveries("wh_1", { status: "dead" });
  await webhooks.deadLetters();
  await webhooks.replay("dlv_1");
  expect(await webhooks.replaySince("wh_1", at)).toEqual({ replayed: 5003 });
  await webhooks.events({ after: "cursor" });
  await webhooks.delete("wh_1");
  await passports.create("agent_1");
  await passports.revoke("agent_1");
  expect(server.seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim())).toEqual([
    'POST /api/dashboard/webhooks {"url":"https://example.com/hooks","events":["*"]}',
    "GET /api/dashboard/webhooks?limit=2",
    "POST /api/dashboard/webhooks/wh_1/enable {}",
    "POST /api/dashboard/webhooks/wh_1/disable {}",
    'POST /api/dashboard/webhooks/wh_1/rotate-secret {"overlapSeconds":60}',
    "POST /api/dashboard/webhooks/wh_1/test {}",
    "GET /api/dashboard/webhooks/wh_1/deliveries?status=dead",
    "GET /api/dashboard/webhook-deliveries",
    "POST /api/dashboard/webhook-deliveries/dlv_1/replay {}",
    `POST /api/dashboard/webhooks/wh_1/replay {"since":"${at}"}`,
    `POST /api/dashboard/webhooks/wh_1/replay {"since":"${at}","cursor":"next"}`,
    "GET /api/dashboard/webhook-events?after=cursor",
    "DELETE /api/dashboard/webhooks/wh_1",
    "POST /api/dashboard/agents/agent_1/passport {}",
    "DELETE /api/dashboard/agents/agent_1/passport",
  ]);
  expect((await refusal(webhooks.test("../tokens"))).message).toContain("must be an id that starts with wh_");
});
