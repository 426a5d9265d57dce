import { describe, expect, expectTypeOf, test } from "vitest";
import {
  BehalfApprovalRequiredError,
  BehalfDeniedError,
  BehalfError,
  BehalfID,
  type AllowedPacket,
  type BehalfOptions,
} from "../../../src/sdk/index.ts";
import {
  allowed,
  approval,
  approvalRequired,
  denied,
  drop,
  hang,
  json,
  problem,
  recorder,
  scriptedServer,
  type Answer,
} from "./scripted-server.ts";

const request = { agentId: "agent_1", action: "deploy_production", vendor: "vercel.com" };
const client = (baseUrl: string, options: BehalfOptions = {}) =>
  new BehalfID({ apiKey: `bhf_sk_${"k".repeat(43)}`, baseUrl, timeoutMs: 2000, ...options });

const byGrant = { ...allowed, reasonCode: "allowed_by_grant", requestId: "req_granted" };
const settled = (status: string, comment: string | null = null) =>
  json(200, { ...approval, status, comment });

async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.concurrent("guard", () => {
  test("runs an allowed action once, with its packet, and gives back what it returns", async () => {
    await using server = await scriptedServer(json(200, allowed));
    const ran: AllowedPacket[] = [];
    const run = (packet: AllowedPacket) => {
      ran.push(packet);
      return Promise.resolve(`ran under ${packet.permissionId}`);
    };
    const result = await client(server.url).guard(request, run);
    expectTypeOf(result).toEqualTypeOf<string>();
    expect(result).toBe("ran under perm_1");
    expect(ran).toEqual([allowed]);
    expect(server.seen).toHaveLength(1);
  });

  test("passes on what the action throws, as it is, and runs it no second time", async () => {
    await using server = await scriptedServer(json(200, allowed));
    const failure = new Error("deploy failed");
    let runs = 0;
    const run = () => {
      runs++;
      return Promise.reject(failure);
    };
    expect(await thrownBy(client(server.url).guard(request, run))).toBe(failure);
    expect(runs).toBe(1);
  });

  test("does not run a denied action, and throws the packet", async () => {
    const packet = { ...denied, reasonCode: "approval_denied", comment: "Not on a Friday." };
    await using server = await scriptedServer(json(200, packet));
    const { run, ran } = recorder();
    const error = await thrownBy(client(server.url).guard(request, run, { wait: true }));
    expect(error).toBeInstanceOf(BehalfDeniedError);
    expect(error).toBeInstanceOf(BehalfError);
    expect(error).toMatchObject({
      name: "BehalfDeniedError",
      code: "DENIED",
      message: packet.reason,
      requestId: packet.requestId,
      hint: "Not on a Friday.",
      packet,
    });
    expect(ran).toEqual([]);
    expect(server.seen).toHaveLength(1);
  });

  test.each([undefined, false])("does not wait for a person with wait: %s", async (wait) => {
    await using server = await scriptedServer(json(200, approvalRequired), json(200, allowed));
    const { run, ran } = recorder();
    const error = await thrownBy(client(server.url).guard(request, run, { wait }));
    expect(error).toBeInstanceOf(BehalfApprovalRequiredError);
    expect(error).toMatchObject({
      name: "BehalfApprovalRequiredError",
      code: "APPROVAL_REQUIRED",
      requestId: approvalRequired.requestId,
      packet: approvalRequired,
    });
    expect(ran).toEqual([]);
    expect(server.seen).toHaveLength(1);
  });
});

describe.concurrent("guard that waits", () => {
  test("tells of the request, waits, verifies the same thing under a new name, then runs", async () => {
    await using server = await scriptedServer(
      json(200, approvalRequired),
      settled("pending"),
      settled("approved"),
      json(200, byGrant),
    );
    const pending = recorder();
    const { run, ran } = recorder();
    await client(server.url).guard(request, run, { wait: true, onPending: pending.run });
    expect(pending.ran).toEqual([approvalRequired]);
    expect(ran).toEqual([byGrant]);
    const [first, poll, , second] = server.seen;
    expect(poll).toMatchObject({ method: "GET", url: "/api/approvals/apr_1?wait=55" });
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["idempotency-key"]).toMatch(/^.{32}$/);
    expect(second?.headers["idempotency-key"]).not.toBe(first?.headers["idempotency-key"]);
  });

  test("verifies what was asked for, whatever became of the request object since", async () => {
    await using server = await scriptedServer(
      json(200, approvalRequired),
      settled("approved"),
      json(200, byGrant),
    );
    const mutable = { ...request, arguments: { ref: "v1" } };
    const onPending = () => {
      mutable.vendor = "evil.example";
      mutable.arguments.ref = "v2";
    };
    await client(server.url).guard(mutable, () => {}, { wait: true, onPending });
    expect(server.seen[2]?.body).toBe(server.seen[0]?.body);
    expect(server.seen[2]?.body).toContain('"ref":"v1"');
  });

  test("does not run what a person denied, says why, and does not ask again", async () => {
    await using server = await scriptedServer(
      json(200, approvalRequired),
      settled("denied", "No."),
      json(200, allowed),
    );
    const { run, ran } = recorder();
    const error = await thrownBy(client(server.url).guard(request, run, { wait: true }));
    expect(error).toBeInstanceOf(BehalfDeniedError);
    expect(error).toMatchObject({
      hint: "No.",
      packet: { allowed: false, approvalRequired: false, reasonCode: "approval_denied", comment: "No." },
    });
    expect(ran).toEqual([]);
    expect(server.seen).toHaveLength(2);
  });

  test.each(["expired", "void", "used"])(
    "does not run or ask again when the request is %s",
    async (status) => {
      await using server = await scriptedServer(
        json(200, approvalRequired),
        settled(status),
        json(200, allowed),
      );
      const { run, ran } = recorder();
      const error = await thrownBy(client(server.url).guard(request, run, { wait: true }));
      expect(error).toBeInstanceOf(BehalfApprovalRequiredError);
      expect(error).toMatchObject({ hint: `The request is ${status}. Ask again.` });
      expect(ran).toEqual([]);
      expect(server.seen).toHaveLength(2);
    },
  );

  test.each([
    ["the grant was spent by someone else", json(200, approvalRequired), "APPROVAL_REQUIRED"],
    ["the permission was revoked meanwhile", json(200, denied), "DENIED"],
    ["the second answer is junk", json(200, { allowed: true }), "INVALID_RESPONSE"],
    ["the second answer is lost for good", drop, "NETWORK_ERROR"],
  ])("does not run on the approval alone when %s", async (_, second, code) => {
    await using server = await scriptedServer(json(200, approvalRequired), settled("approved"), second);
    const { run, ran } = recorder();
    const error = await thrownBy(client(server.url).guard(request, run, { wait: true }));
    expect(error).toBeInstanceOf(BehalfError);
    expect(error).toMatchObject({ code });
    expect(ran).toEqual([]);
  });

  test("gives up when its time is over, and says that a person still has to decide", async () => {
    await using server = await scriptedServer(json(200, approvalRequired), settled("pending"));
    const { run, ran } = recorder();
    const error = await thrownBy(client(server.url).guard(request, run, { wait: 300 }));
    expect(error).toBeInstanceOf(BehalfApprovalRequiredError);
    expect(error).toMatchObject({ packet: approvalRequired });
    expect(ran).toEqual([]);
  });

  test("does not wait when the person cannot be told", async () => {
    await using server = await scriptedServer(
      json(200, approvalRequired),
      settled("approved"),
      json(200, allowed),
    );
    const { run, ran } = recorder();
    const onPending = () => Promise.reject(new Error("chat is down"));
    const error = await thrownBy(client(server.url).guard(request, run, { wait: true, onPending }));
    expect(error).toMatchObject({ message: "chat is down" });
    expect(ran).toEqual([]);
    expect(server.seen).toHaveLength(1);
  });
});

describe.concurrent("waiting for an approval", () => {
  test("outlives a restart, a dropped connection and a busy server", async () => {
    await using server = await scriptedServer(
      drop,
      problem(503, "UNAVAILABLE"),
      problem(429, "RATE_LIMIT_EXCEEDED", { "retry-after": "0" }),
      settled("approved"),
    );
    expect(await client(server.url).waitForApproval("apr_1")).toMatchObject({ status: "approved" });
    expect(server.seen).toHaveLength(4);
  });

  test.each([
    [404, "NOT_FOUND"],
    [401, "AGENT_AUTH_REQUIRED"],
  ])("ends at once with %i", async (status, code) => {
    await using server = await scriptedServer(problem(status, code));
    expect(await thrownBy(client(server.url).waitForApproval("apr_1"))).toMatchObject({ code });
    expect(server.seen).toHaveLength(1);
  });

  test("ends at once on an answer that is none", async () => {
    for (const status of ["maybe", "APPROVED", true, undefined]) {
      await using server = await scriptedServer(json(200, { ...approval, status }));
      expect(await thrownBy(client(server.url).waitForApproval("apr_1"))).toMatchObject({
        code: "INVALID_RESPONSE",
      });
    }
  });

  test("asks at most once a second of a server that does not hold its answer", async () => {
    await using server = await scriptedServer(settled("pending"));
    const error = await thrownBy(client(server.url).waitForApproval("apr_1", { timeoutMs: 2500 }));
    expect(error).toMatchObject({ code: "TIMEOUT", message: "The approval is still pending." });
    expect(server.seen.length).toBeGreaterThanOrEqual(2);
    expect(server.seen.length).toBeLessThanOrEqual(3);
  });

  test("is over in its time even when the server hangs", async () => {
    await using server = await scriptedServer(hang);
    const startedAt = performance.now();
    const error = await thrownBy(client(server.url).waitForApproval("apr_1", { timeoutMs: 500 }));
    expect(error).toMatchObject({ code: "TIMEOUT" });
    expect(performance.now() - startedAt).toBeLessThan(2500);
  });

  test("lets the server hold its answer for longer than an attempt may otherwise take", async () => {
    const late: Answer = (response, seen) => void setTimeout(() => settled("approved")(response, seen), 400);
    await using server = await scriptedServer(late);
    const waited = client(server.url, { timeoutMs: 200 }).waitForApproval("apr_1");
    expect(await waited).toMatchObject({ status: "approved" });
  });

  test("ends when the caller says so", async () => {
    await using server = await scriptedServer(settled("pending"));
    const signal = AbortSignal.timeout(200);
    const startedAt = performance.now();
    const error = await thrownBy(client(server.url).waitForApproval("apr_1", { signal }));
    expect(error).toMatchObject({ code: "ABORTED" });
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test("takes no id that would lead its key to another route, and no time that is none", async () => {
    await using server = await scriptedServer(settled("approved"));
    const behalf = client(server.url);
    for (const id of ["", "apr_", "../tokens", "apr_1/../../x", "apr_1?wait=1", "apr_1#", "perm_1", "apr_é"])
      expect(await thrownBy(behalf.waitForApproval(id))).toMatchObject({ code: "INVALID_REQUEST" });
    for (const timeoutMs of [-1, Number.NaN])
      expect(await thrownBy(behalf.waitForApproval("apr_1", { timeoutMs }))).toMatchObject({
        code: "INVALID_REQUEST",
      });
    expect(server.seen).toHaveLength(0);
  });
});
