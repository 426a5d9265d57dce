import { inspect } from "node:util";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  BehalfID,
  type AllowedPacket,
  type ApprovalPacket,
  type BehalfError,
  type DecisionPacket,
  type DeniedPacket,
} from "../../../src/sdk/index.ts";
import { apiKey, client, developerToken, refusal, request } from "./client.ts";
import { allowed, denied, json, scriptedServer } from "./scripted-server.ts";

describe("a secret", () => {
  test("is not shown by printing or writing the client", () => {
    const behalf = client("https://behalf.example", { developerToken });
    for (const shown of [inspect(behalf, { depth: 9, showHidden: true }), JSON.stringify(behalf)]) {
      expect(shown).not.toContain("k3Yk3Y");
      expect(shown).not.toContain("t0Kt0K");
    }
  });

  const shown = (error: BehalfError) =>
    [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      error.stack,
      String(error),
    ].join();

  test("is not shown by an error, even when the server repeats it in every field", async () => {
    const echo = `${apiKey} ${developerToken}`;
    const repeat = json(400, { code: apiKey, detail: echo, error: echo, hint: echo, requestId: apiKey });
    await using server = await scriptedServer(repeat);
    const error = await refusal(client(server.url, { developerToken }).verify(request));
    expect(error.message).toContain("[redacted]");
    expect(shown(error)).not.toMatch(/k3Yk3Y|t0Kt0K/);
  });

  test("is not shown by an error, even when a fetch of the caller's puts its request there", async () => {
    const telling: typeof fetch = (_, init) => {
      const inner = new Error(`sent ${JSON.stringify(init?.headers)}`);
      return Promise.reject(Object.assign(new Error("failed", { cause: inner }), { config: init }));
    };
    const error = await refusal(client("https://behalf.example", { fetch: telling }).verify(request));
    expect(error.code).toBe("NETWORK_ERROR");
    expect(shown(error)).toContain("failed");
    expect(shown(error)).not.toContain("k3Yk3Y");
  });

  test("that has no form of ours is redacted all the same", async () => {
    await using server = await scriptedServer(json(401, { detail: "No: hunter2-hunter2" }));
    const error = await refusal(client(server.url, { apiKey: "hunter2-hunter2" }).verify(request));
    expect(error.message).toBe("No: [redacted]");
  });

  test("with a line break in it is refused without being quoted", () => {
    for (const bad of ["", "k3Yk3Y\r\nx: y", "k3Yk3Y é", " k3Yk3Y"]) {
      const make = () => new BehalfID({ apiKey: bad });
      expect(make).toThrow("apiKey is empty or holds characters that no key has.");
    }
  });
});

describe("an address", () => {
  test.each([
    "https://behalf.example",
    "https://behalf.example/edge",
    "http://localhost:8787",
    "http://127.0.0.1:8787",
    "http://[::1]:8787",
    "HTTP://LOCALHOST",
  ])("%s may carry a key", (baseUrl) => {
    expect(new BehalfID({ apiKey, baseUrl }).baseUrl).toBe(baseUrl.toLowerCase());
  });

  test.each([
    "http://behalf.example",
    "http://localhost.example.com",
    "http://127.0.0.1.example.com",
    "http://127.0.0.2",
    "http://0.0.0.0",
    "http://10.0.0.1",
    "http://localhost@evil.example",
    "https://user:password@behalf.example",
    "https://behalf.example?x=1",
    "https://behalf.example#x",
    "ftp://behalf.example",
    "file:///etc",
    "javascript:alert(1)",
    "behalf.example",
    "//behalf.example",
    "",
  ])("%s may not", (baseUrl) => {
    const make = () => new BehalfID({ apiKey, baseUrl });
    expect(make).toThrow(expect.objectContaining({ name: "BehalfError", code: "INVALID_OPTIONS" }) as Error);
  });

  test("of plain http may when the caller says so, and nothing else may with it", () => {
    const allowInsecureHttp = true;
    expect(new BehalfID({ baseUrl: "http://behalf.internal", allowInsecureHttp }).baseUrl).toBe(
      "http://behalf.internal",
    );
    expect(() => new BehalfID({ baseUrl: "ftp://behalf.internal", allowInsecureHttp })).toThrow("https://");
  });

  test("has a timeout that is a number of milliseconds", () => {
    for (const timeoutMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 10 ** 10])
      expect(() => new BehalfID({ timeoutMs })).toThrow("timeoutMs must be");
  });
});

describe("the types", () => {
  test("tell the three packets apart by allowed and approvalRequired, and are never any", () => {
    const narrow = (packet: DecisionPacket) => {
      if (packet.allowed) {
        expectTypeOf(packet).toEqualTypeOf<AllowedPacket>();
        expectTypeOf(packet.reasonCode).toEqualTypeOf<"allowed" | "allowed_by_grant">();
        // @ts-expect-error An allowed packet has no approval to wait for.
        return packet.approvalId;
      }
      if (packet.approvalRequired) {
        expectTypeOf(packet).toEqualTypeOf<ApprovalPacket>();
        return packet.approvalUrl;
      }
      expectTypeOf(packet).toEqualTypeOf<DeniedPacket>();
      return packet.permissionId;
    };
    expect(narrow(denied as DeniedPacket)).toBeUndefined();
    expectTypeOf<BehalfID>().not.toBeAny();
    expectTypeOf<BehalfID["verify"]>().returns.resolves.toEqualTypeOf<DecisionPacket>();
    expectTypeOf<DecisionPacket>().not.toBeAny();
    expectTypeOf<DecisionPacket["allowed"]>().toEqualTypeOf<boolean>();
    expectTypeOf<BehalfID["agents"]["create"]>().returns.resolves.not.toBeAny();
    expectTypeOf<BehalfID["permissions"]["create"]>().parameter(0).not.toBeAny();
    // @ts-expect-error A misspelt field would be a permission that is not meant.
    void (async (behalf: BehalfID) => behalf.verify({ action: "deploy", vendr: "vercel.com" }));
  });
});

test("the three lines of the landing page stop what is denied and let through what is allowed", async () => {
  await using server = await scriptedServer(json(200, denied), json(200, allowed));
  const behalf = client(server.url);
  const deploys: string[] = [];
  const integration = async () => {
    const decision = await behalf.verify({
      agentId: "agent_claude_code",
      action: "deploy",
      vendor: "vercel.com",
    });
    if (!decision.allowed) {
      // Blocked — reason logged, webhook fired
      throw new Error(decision.reason);
    }
    // Deploy only runs when decision.allowed === true
    deploys.push(decision.requestId);
  };
  await expect(integration()).rejects.toThrow("No active permission exists for this action.");
  expect(deploys).toEqual([]);
  await integration();
  expect(deploys).toEqual([allowed.requestId]);
});
