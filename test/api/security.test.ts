import { exports } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Operation } from "../../src/api/operation.ts";
import { routes } from "../../src/api/routes.ts";
import { newAgentKey, newDeveloperToken, newPassportToken } from "../../src/crypto/secrets.ts";
import { newAgent, type TestAgent } from "./agent-scene.ts";
import { newDelivery } from "./delivery-scene.ts";
import { json, newMember, newOwner, newToken, outcome, send, site, type Someone } from "./people-scene.ts";

// Every route of the API gets every test here. One that is added is tested with no line written, unless it has
// parameters of a kind that this scene does not know, which fails.

const operations = routes.map(({ operation }) => operation);
const named = (kept: Operation[]) => kept.map((operation) => [operation.id, operation] as const);
const withAccess = (...kinds: string[]) =>
  named(operations.filter(({ access }) => kinds.includes(access.kind)));
const needsSession = ({ access }: Operation) => access.kind === "person" && access.via === "session";
const takingBody = named(operations.filter(({ body }) => body !== undefined));

type World = {
  owner: Someone;
  viewer: Someone;
  agent: TestAgent;
  token: string;
  passport: string;
  requestId: string;
  ids: Record<string, string>;
};

let ours: World;
let theirs: World;

async function world(): Promise<World> {
  const owner = await newOwner();
  const agent = await newAgent(owner);
  const permissionId = await agent.permit({ action: "deploy", requiresApproval: true });
  const approvalId = await agent.hold("deploy");
  const { requestId } = await agent.verify("unknown");
  const { token, tokenId } = await newToken(owner);
  const { token: passport } = await json<{ token: string }>(agent.manage("/passport"), 201);
  const viewer = await newMember(owner, "viewer");
  const { invitation } = await json<{ invitation: { invitationId: string } }>(
    send("POST", "/api/dashboard/invitations", {
      cookie: owner.cookie,
      body: { email: "someone@example.org", roles: ["viewer"] },
    }),
    201,
  );
  const { sessions } = await json<{ sessions: { sessionId: string }[] }>(
    send("GET", "/api/auth/sessions", { cookie: owner.cookie }),
  );
  const { webhook } = await json<{ webhook: { webhookId: string } }>(
    send("POST", "/api/dashboard/webhooks", {
      cookie: owner.cookie,
      body: { url: "https://receiver.example.com/hook", events: ["webhook.test"] },
    }),
    201,
  );
  const delivery = await newDelivery(owner, webhook.webhookId);
  return {
    owner,
    viewer,
    agent,
    token,
    passport,
    requestId,
    ids: {
      "/api/dashboard/webhooks/{id}": webhook.webhookId,
      "/api/dashboard/webhook-deliveries/{id}": delivery.deliveryId,
      "/api/dashboard/webhook-events/{id}": delivery.eventId,
      "/api/agents/{id}": agent.agentId,
      "/api/logs/{agentId}": agent.agentId,
      "/api/passport/{agentId}": agent.agentId,
      "/api/dashboard/agents/{id}": agent.agentId,
      "{permissionId}": permissionId,
      "/api/permissions/{id}": permissionId,
      "/api/approvals/{id}": approvalId,
      "/api/dashboard/approvals/{id}": approvalId,
      "/api/dashboard/tokens/{id}": tokenId,
      "/api/dashboard/members/{id}": viewer.userId,
      "/api/dashboard/invitations/{id}": invitation.invitationId,
      "/api/invitations/{id}": invitation.invitationId,
      "/api/auth/workspaces/{id}": owner.accountId,
      "/api/auth/sessions/{id}": sessions[0]?.sessionId ?? "",
    },
  };
}

beforeAll(async () => {
  [ours, theirs] = await Promise.all([world(), world()]);
});

/** The operation's path, about the things of a world. */
function pathIn({ ids }: World, { path }: Operation): string {
  return path.replaceAll(/\{\w+\}/g, (parameter, at: number) => {
    const id = ids[parameter] ?? ids[path.slice(0, at) + parameter];
    if (id === undefined) throw new Error(`No id is known for ${path}: add one to the scene.`);
    return id;
  });
}

// Bodies that the operations accept, where `{}` is not one.
function bodyFor({ agent }: World, { id }: Operation): unknown {
  const bodies: Record<string, unknown> = {
    verify: { agentId: agent.agentId, action: "deploy" },
    explain: { agentId: agent.agentId, action: "deploy" },
    previewPassport: { action: "deploy" },
    createPermission: { agentId: agent.agentId, action: "deploy" },
    createAgentPermission: { action: "deploy" },
    replaceAgentPermission: { action: "deploy" },
    editAgent: { name: "Renamed" },
    createToken: { name: "ci" },
    editMember: { roles: ["viewer"] },
    createWebhook: { url: "https://receiver.example.com/hook", events: ["webhook.test"] },
    editWebhook: { events: ["webhook.test"] },
    replaySince: { since: "2030-01-01T00:00:00Z" },
    createInvitation: { email: "new@example.org", roles: ["viewer"] },
    editSettings: { name: "Renamed" },
    explainDraft: { request: { action: "deploy" }, draft: { action: "deploy" } },
    loginTwoFactor: { challenge: "unknown", code: "123456" },
    forgotPassword: { email: "nobody@example.org" },
    resetPassword: { token: "unknown", newPassword: "a new password" },
    verifyEmail: { token: "unknown" },
    enableTwoFactor: { password: "wrong password" },
    confirmTwoFactor: { code: "123456" },
    disableTwoFactor: { password: "wrong password" },
    changePassword: { currentPassword: "wrong password", newPassword: "a new password" },
    deviceAuthorize: { userCode: "BCDF-GHJK" },
  };
  return bodies[id] ?? {};
}

type Credentials = { cookie?: string; token?: string; bearer?: string };

function call(
  about: World,
  operation: Operation,
  credentials: Credentials,
  body: unknown = bodyFor(about, operation),
): Promise<Response> {
  return send(operation.method.toUpperCase(), pathIn(about, operation), {
    ...credentials,
    ...(operation.body === undefined ? {} : { body }),
  });
}

/** What opens this kind of operation in a world. */
function credentialsIn(of: World, { access }: Operation): Credentials {
  switch (access.kind) {
    case "agent":
      return { bearer: of.agent.apiKey };
    case "own":
      return { bearer: access.scheme === "passport" ? of.passport : of.agent.apiKey };
    case "none":
      return {};
    case "person":
    case "session":
      return { cookie: of.owner.cookie };
  }
}

describe("without a credential", () => {
  const codes = { agentKey: "AGENT_AUTH_REQUIRED", passport: "PASSPORT_TOKEN_REQUIRED" };

  test.each(withAccess("person", "session"))("%s asks to sign in", async (_id, operation) => {
    expect(await outcome(call(ours, operation, {}))).toBe("401 AUTH_REQUIRED");
  });

  test.each(withAccess("agent", "own"))("%s asks for a key", async (_id, operation) => {
    const { access } = operation;
    const expected = access.kind === "own" ? codes[access.scheme] : codes.agentKey;
    expect(await outcome(call(ours, operation, {}))).toBe(`401 ${expected}`);
    for (const bearer of ["bhf_sk_short", `${newAgentKey()}x`, "null", newDeveloperToken()])
      expect(await outcome(call(ours, operation, { bearer })), bearer).toBe(`401 ${expected}`);
  });
});

describe("with a credential that opens nothing", () => {
  test.each(withAccess("person", "session"))("%s is refused", async (_id, operation) => {
    const attempts: Credentials[] = [
      { cookie: "abc.def" },
      { cookie: `${ours.owner.cookie}x` },
      { token: newDeveloperToken() },
      { bearer: newDeveloperToken() },
      { bearer: newPassportToken() },
    ];
    for (const attempt of attempts)
      expect(await outcome(call(ours, operation, attempt)), JSON.stringify(attempt)).toBe(
        "401 AUTH_REQUIRED",
      );
  });

  test.each(withAccess("agent", "own"))("%s is refused", async (_id, operation) => {
    const isPassport = operation.access.kind === "own" && operation.access.scheme === "passport";
    const bearer = isPassport ? newPassportToken() : newAgentKey();
    expect(await outcome(call(ours, operation, { bearer }))).toBe(
      isPassport ? "401 PASSPORT_TOKEN_REQUIRED" : "401 AGENT_API_KEY_MISMATCH",
    );
  });
});

describe("an agent with its own key", () => {
  test.each(withAccess("person", "session"))("may not call %s", async (_id, operation) => {
    const answer = await outcome(call(ours, operation, { bearer: ours.agent.apiKey }));
    expect(answer).toBe("403 AGENT_KEY_FORBIDDEN");
  });
});

describe("someone of another account", () => {
  const aboutThings = (kind: string) =>
    withAccess(kind).filter(([, { path }]) => path.includes("{") && !path.startsWith("/api/invitations"));

  test.each(aboutThings("person"))("finds nothing at %s", async (_id, operation) => {
    expect(await outcome(call(ours, operation, { cookie: theirs.owner.cookie }))).toBe("404 NOT_FOUND");
    expect(await outcome(call(ours, operation, { token: theirs.token }))).toBe(
      needsSession(operation) ? "403 FORBIDDEN" : "404 NOT_FOUND",
    );
  });

  test.each(aboutThings("session"))("finds nothing at %s", async (_id, operation) => {
    expect(await outcome(call(ours, operation, { cookie: theirs.owner.cookie }))).toBe("404 NOT_FOUND");
  });

  test.each(aboutThings("agent"))("finds nothing at %s with an agent's key", async (_id, operation) => {
    const answer = await outcome(call(ours, operation, { bearer: theirs.agent.apiKey }));
    expect(["401 AGENT_API_KEY_MISMATCH", "404 NOT_FOUND"]).toContain(answer);
  });

  test.each(withAccess("own"))("cannot use %s for an agent of ours", async (_id, operation) => {
    const answer = await outcome(call(ours, operation, credentialsIn(theirs, operation)));
    expect(answer).toMatch(/^401 (AGENT_API_KEY_MISMATCH|PASSPORT_TOKEN_REQUIRED)$/);
  });

  test("cannot give our agent a permission, nor see it in any list", async () => {
    const { agentId } = ours.agent;
    const { cookie } = theirs.owner;
    const body = { agentId, action: "anything" };
    expect(await outcome(send("POST", "/api/permissions", { cookie, body }))).toBe("404 NOT_FOUND");
    for (const [, operation] of named(operations.filter(({ method }) => method === "get"))) {
      if (operation.access.kind !== "person" || operation.path.includes("{")) continue;
      const answer = await (await send("GET", operation.path, { cookie })).text();
      for (const id of Object.values(ours.ids)) expect(answer, operation.id).not.toContain(id);
      expect(answer, operation.id).not.toContain(ours.owner.email);
    }
  });

  test.each(named(operations.filter(({ query }) => query !== undefined)))(
    "learns nothing from %s by an id of ours in its query",
    async (_id, operation) => {
      const ids: Record<string, string | undefined> = {
        agentId: ours.agent.agentId,
        approvalId: ours.ids["/api/approvals/{id}"],
        webhookId: ours.ids["/api/dashboard/webhooks/{id}"],
        eventId: ours.ids["/api/dashboard/webhook-events/{id}"],
        requestId: ours.requestId,
      };
      for (const name of Object.keys(operation.query?.shape ?? {}).filter((each) => each.endsWith("Id"))) {
        const path = `${pathIn(theirs, operation)}?${name}=${ids[name]}`;
        const answer = await send(operation.method.toUpperCase(), path, credentialsIn(theirs, operation));
        const text = await answer.text();
        expect([200, 404], `${path}: ${answer.status}`).toContain(answer.status);
        for (const id of [...Object.values(ours.ids), ours.requestId]) expect(text, path).not.toContain(id);
      }
    },
  );

  test("reaches no permission of ours through an agent of theirs, and no other way around", async () => {
    const inBoth = operations.filter(({ path }) => path.includes("{permissionId}"));
    expect(inBoth.length).toBeGreaterThan(1);
    for (const operation of inBoth)
      for (const [agents, permissions] of [
        [theirs, ours],
        [ours, theirs],
      ] as const) {
        const path = operation.path
          .replace("{id}", agents.agent.agentId)
          .replace("{permissionId}", permissions.ids["{permissionId}"] ?? "");
        const body = bodyFor(theirs, operation);
        const answer = send(operation.method.toUpperCase(), path, { cookie: theirs.owner.cookie, body });
        expect(await outcome(answer), path).toBe("404 NOT_FOUND");
      }
    const replaces = ours.ids["{permissionId}"];
    const draft = { request: { action: "deploy" }, draft: { action: "deploy" }, replaces };
    expect(await outcome(theirs.agent.manage("/explain", draft))).toMatch(/^(400|404) /);
  });

  test("has changed nothing of ours", async () => {
    expect(await ours.agent.verify("deploy")).toMatchObject({
      approvalId: ours.ids["/api/approvals/{id}"],
    });
  });
});

describe("a developer token", () => {
  const making = withAccess("person").filter(([, operation]) => needsSession(operation));

  // The links in the list of invitations make people, too.
  test("needs a session beside it to make credentials and people, and to put people out", () => {
    expect(making.map(([id]) => id).toSorted()).toEqual([
      "createInvitation",
      "createToken",
      "editMember",
      "listInvitations",
      "removeMember",
    ]);
  });

  test.each(making)("cannot %s, whatever its person may do", async (_id, operation) => {
    const answer = await call(ours, operation, { token: ours.token });
    expect(await answer.json()).toMatchObject({
      code: "FORBIDDEN",
      detail:
        "A developer token cannot make tokens, nor change who is in the workspace and what they may do.",
    });
    // The token was meant; the cookie beside it does not make up for it.
    const both = { token: ours.token, cookie: ours.owner.cookie };
    expect(await outcome(call(ours, operation, both))).toBe("403 FORBIDDEN");
  });
});

describe("a viewer", () => {
  const beyondReading = withAccess("person").filter(
    ([, { access }]) => access.kind === "person" && access.capability !== "read",
  );

  test.each(beyondReading)("may not %s", async (_id, operation) => {
    expect(await outcome(call(ours, operation, { cookie: ours.viewer.cookie }))).toBe("403 FORBIDDEN");
  });
});

describe("with a cookie and another site's origin", () => {
  const changing = withAccess("person", "session").filter(([, { method }]) => method !== "get");

  test.each(changing)("%s is refused", async (_id, operation) => {
    const { cookie } = ours.owner;
    for (const origin of [null, "null", "https://evil.example", `${site}.evil.example`]) {
      const answer = send(operation.method.toUpperCase(), pathIn(ours, operation), { cookie, origin });
      expect(await outcome(answer), String(origin)).toBe("403 INVALID_ORIGIN");
    }
  });
});

describe("a body that is not one", () => {
  const raw = (operation: Operation, body: BodyInit, contentType: string | null = "application/json") => {
    const { bearer, cookie } = credentialsIn(ours, operation);
    return exports.default.fetch(
      new Request(`${site}${pathIn(ours, operation)}`, {
        method: operation.method.toUpperCase(),
        headers: {
          Origin: site,
          "CF-Connecting-IP": `192.0.2.${crypto.randomUUID()}`,
          ...(contentType === null ? {} : { "Content-Type": contentType }),
          ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
          ...(cookie === undefined ? {} : { Cookie: `behalfid_developer=${cookie}` }),
        },
        body,
      }),
    );
  };

  test.each(takingBody)("%s takes only JSON of a sensible size", async (_id, operation) => {
    for (const body of ["{", "nonsense", "\u0000", new Uint8Array([0x7b, 0xff, 0x7d])])
      expect(await outcome(raw(operation, body))).toBe("400 INVALID_JSON");
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", null])
      expect(await outcome(raw(operation, new Uint8Array([0x7b, 0x7d]), type)), String(type)).toBe(
        "415 UNSUPPORTED_MEDIA_TYPE",
      );
    expect(await outcome(raw(operation, JSON.stringify({ x: "y".repeat(64 * 1024) })))).toBe(
      "413 BODY_TOO_LARGE",
    );
  });

  test.each(takingBody)("%s names the field that it does not take", async (_id, operation) => {
    const known = bodyFor(ours, operation) as Record<string, unknown>;
    for (const [field, json] of [
      ["surprise", JSON.stringify({ ...known, surprise: 1 })],
      ["__proto__", `{"__proto__":{"allowed":true}}`],
      ["a", `{"a":1,"a":2}`],
      ["9007199254740993", `{"x":9007199254740993}`],
    ] as const) {
      const answer = await raw(operation, json);
      const problem = await answer.json<{ code: string; detail: string; error: string }>();
      expect(answer.status, json).toBe(400);
      expect(problem.code).toBe("INVALID_REQUEST");
      expect(problem.error).toBe(problem.detail);
      expect(JSON.stringify(problem)).toContain(field);
    }
    for (const body of ["[]", "null", '"text"', "1", "true"])
      expect(await outcome(raw(operation, body)), body).toBe("400 INVALID_REQUEST");
    expect(await outcome(raw(operation, "[".repeat(30_000) + "]".repeat(30_000)))).toBe(
      "400 INVALID_REQUEST",
    );
  });
});

describe("an id that is none", () => {
  const hostile = ["x", "agent_%00", "..%2F..", "%27%20OR%201%3D1--", "a".repeat(5000), "agent_💥"];

  test.each(named(operations.filter(({ path }) => path.includes("{"))))("%s", async (_id, operation) => {
    for (const id of hostile) {
      const path = operation.path.replaceAll(/\{\w+\}/g, id);
      const answer = await send(operation.method.toUpperCase(), path, {
        ...credentialsIn(ours, operation),
        ...(operation.body === undefined ? {} : { body: bodyFor(ours, operation) }),
      });
      await answer.body?.cancel();
      expect([400, 404], `${path}: ${answer.status}`).toContain(answer.status);
    }
  });
});

test("an address that takes other methods says which", async () => {
  const answer = await send("PUT", "/api/verify");
  expect(answer.status).toBe(405);
  expect(answer.headers.get("Allow")).toBe("POST");
  expect(await outcome(send("GET", "/api/nothing"))).toBe("404 NOT_FOUND");
});

test("no answer holds a secret, but the one that makes it", async () => {
  for (const operation of operations) {
    if (operation.method !== "get") continue;
    const answer = await call(ours, operation, credentialsIn(ours, operation));
    const text = await answer.text();
    for (const secret of [ours.agent.apiKey, ours.token, ours.passport, ours.owner.cookie])
      expect(text, operation.id).not.toContain(secret);
    expect(answer.headers.get("X-Request-Id")).toMatch(/^req_/);
  }
});
