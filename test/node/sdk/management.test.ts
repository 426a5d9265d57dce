import { describe, expect, test } from "vitest";
import { BehalfError, BehalfID } from "../../../src/sdk/index.ts";
import { approval, drop, json, problem, scriptedServer } from "./scripted-server.ts";

const apiKey = `bhf_sk_${"k".repeat(43)}`;
const developerToken = `bhf_dev_${"t".repeat(43)}`;

const at = "2030-01-30T12:00:00.000Z";
const agent = {
  agentId: "agent_1",
  name: "Deployer",
  description: null,
  status: "active",
  createdAt: at,
  createdBy: null,
  disabledAt: null,
  keys: [{ preview: "bhf_sk_…a1B2", createdAt: at, expiresAt: null }],
};
const permission = {
  permissionId: "perm_1",
  agentId: "agent_1",
  action: "deploy",
  allowedActions: [],
  blockedActions: [],
  requiresApproval: false,
  requireDifferentApprover: false,
  constraints: {},
  status: "active",
  replacedBy: null,
  createdAt: at,
  revokedAt: null,
};
const issued = { agentId: "agent_1", apiKey };
const whole = { agent, permissions: [permission] };
const active = { permissionId: "perm_2", status: "active" };
const logs = {
  logs: [],
  summary: { total: 0, allowed: 0, denied: 0, approvalRequired: 0 },
  pagination: { limit: 50, page: null, nextCursor: null, hasMore: false },
};
const token = {
  tokenId: "tok_1",
  userId: "user_1",
  name: "ci",
  tokenPreview: "bhf_dev_…a1B2",
  createdAt: at,
  lastUsedAt: null,
};
const intact = { ok: true, agentId: "agent_1", entries: 0, head: { seq: 0, hash: "" }, firstWrong: null };

const reviewed = {
  approvalId: "apr_1",
  status: "pending",
  version: 1,
  agentId: "agent_1",
  agentName: "Deployer",
  permissionId: "perm_1",
  requestId: "req_1",
  action: "deploy",
  resource: null,
  vendor: null,
  amount: null,
  arguments: { ref: "v1" },
  environment: null,
  branch: null,
  repository: null,
  command: null,
  filePath: null,
  cwd: null,
  fingerprint: "00",
  risk: "medium",
  requireDifferentApprover: false,
  createdAt: at,
  expiresAt: at,
  decidedAt: null,
  decidedBy: null,
  decidedByName: null,
  comment: null,
  grantExpiresAt: null,
  usedAt: null,
  usedByRequestId: null,
};

type Case = {
  call: (behalf: BehalfID) => Promise<unknown>;
  sends: string;
  body?: unknown;
  answer: unknown;
  gives?: unknown;
};

const byPeople: Case[] = [
  {
    call: (b) => b.agents.create({ name: "Deployer" }),
    sends: "POST /api/agents",
    body: { name: "Deployer" },
    answer: issued,
  },
  {
    call: (b) => b.agents.list({ limit: 10, cursor: "a b" }),
    sends: "GET /api/dashboard/agents?limit=10&cursor=a+b",
    answer: { agents: [agent], nextCursor: null },
  },
  { call: (b) => b.agents.get("agent_1"), sends: "GET /api/dashboard/agents/agent_1", answer: whole },
  {
    call: (b) => b.agents.edit("agent_1", { name: "New" }),
    sends: "PATCH /api/dashboard/agents/agent_1",
    body: { name: "New" },
    answer: { agent },
    gives: agent,
  },
  {
    call: (b) => b.agents.enable("agent_1"),
    sends: "POST /api/dashboard/agents/agent_1/enable",
    answer: { agent },
    gives: agent,
  },
  {
    call: (b) => b.agents.disable("agent_1"),
    sends: "POST /api/dashboard/agents/agent_1/disable",
    answer: { agent },
    gives: agent,
  },
  {
    call: (b) => b.agents.rotateKey("agent_1", { overlapSeconds: 60 }),
    sends: "POST /api/dashboard/agents/agent_1/rotate-key",
    body: { overlapSeconds: 60 },
    answer: issued,
  },
  {
    call: (b) => b.permissions.create({ agentId: "agent_1", action: "deploy" }),
    sends: "POST /api/permissions",
    body: { agentId: "agent_1", action: "deploy" },
    answer: active,
  },
  {
    call: (b) => b.permissions.revoke("perm_1"),
    sends: "POST /api/permissions/perm_1/revoke",
    answer: { revoked: true },
  },
  {
    call: (b) =>
      b.permissions.replace("agent_1", "perm_1", { action: "deploy", constraints: { maxAmount: 5 } }),
    sends: "POST /api/dashboard/agents/agent_1/permissions/perm_1/replace",
    body: { action: "deploy", constraints: { maxAmount: 5 } },
    answer: active,
  },
  {
    call: (b) => b.permissions.list("agent_1"),
    sends: "GET /api/dashboard/agents/agent_1",
    answer: whole,
    gives: [permission],
  },
  {
    call: (b) => b.approvals.list({ status: "all", agentId: "agent_1" }),
    sends: "GET /api/dashboard/approvals?status=all&agentId=agent_1",
    answer: { approvals: [], nextCursor: null },
  },
  {
    call: (b) => b.approvals.review("apr_1"),
    sends: "GET /api/dashboard/approvals/apr_1",
    answer: { approval: reviewed },
    gives: reviewed,
  },
  {
    call: (b) => b.approvals.approve("apr_1", { comment: "Go." }),
    sends: "POST /api/dashboard/approvals/apr_1/approve",
    body: { comment: "Go." },
    answer: { approved: true, grantExpiresAt: at },
  },
  {
    call: (b) => b.approvals.deny("apr_1"),
    sends: "POST /api/dashboard/approvals/apr_1/deny",
    body: {},
    answer: { denied: true },
  },
  {
    call: (b) => b.logs.list("agent_1", { decision: "denied" }),
    sends: "GET /api/dashboard/logs?limit=50&decision=denied&agentId=agent_1",
    answer: logs,
  },
  {
    call: (b) => b.logs.search({ allowed: false }),
    sends: "GET /api/dashboard/logs?limit=50&allowed=false",
    answer: logs,
  },
  {
    call: (b) => b.logs.verifyLedger("agent_1"),
    sends: "GET /api/dashboard/agents/agent_1/ledger/verify",
    answer: intact,
  },
  {
    call: (b) => b.tokens.create({ name: "ci" }),
    sends: "POST /api/dashboard/tokens",
    body: { name: "ci" },
    answer: { ...token, token: developerToken },
  },
  {
    call: (b) => b.tokens.delete("tok_1"),
    sends: "DELETE /api/dashboard/tokens/tok_1",
    answer: { deleted: true },
  },
  {
    call: (b) => b.tokens.list(),
    sends: "GET /api/dashboard/tokens",
    answer: { tokens: [token] },
    gives: [token],
  },
];

const byAgent: Case[] = [
  { call: (b) => b.agents.get("agent_1"), sends: "GET /api/agents/agent_1", answer: whole },
  {
    call: (b) => b.agents.rotateKey("agent_1"),
    sends: "POST /api/agents/agent_1/rotate-key",
    body: {},
    answer: issued,
  },
  {
    call: (b) => b.permissions.list("agent_1"),
    sends: "GET /api/agents/agent_1",
    answer: whole,
    gives: [permission],
  },
  { call: (b) => b.approvals.get("apr_1"), sends: "GET /api/approvals/apr_1", answer: approval },
  { call: (b) => b.logs.list("agent_1"), sends: "GET /api/logs/agent_1?limit=50", answer: logs },
];

async function exchange({ call, answer }: Case, options: { apiKey?: string; developerToken?: string }) {
  await using server = await scriptedServer(json(200, answer));
  const given = await call(new BehalfID({ ...options, baseUrl: server.url }));
  expect(server.seen).toHaveLength(1);
  const [seen] = server.seen;
  return { given, seen, sent: seen?.body === "" ? undefined : (JSON.parse(seen?.body ?? "") as unknown) };
}

test.each(byPeople)("a person's client sends $sends", async (one) => {
  const { given, seen, sent } = await exchange(one, { apiKey, developerToken });
  expect(`${seen?.method} ${seen?.url}`).toBe(one.sends);
  expect(sent).toEqual(one.body);
  expect(given).toEqual(one.gives ?? one.answer);
  expect(seen?.headers["x-developer-token"]).toBe(developerToken);
  expect(seen?.headers.authorization).toBeUndefined();
});

test.each(byAgent)("an agent's client sends $sends", async (one) => {
  const { given, seen, sent } = await exchange(one, { apiKey });
  expect(`${seen?.method} ${seen?.url}`).toBe(one.sends);
  expect(sent).toEqual(one.body);
  expect(given).toEqual(one.gives ?? one.answer);
  expect(seen?.headers.authorization).toBe(`Bearer ${apiKey}`);
  expect(seen?.headers["x-developer-token"]).toBeUndefined();
});

test("a browser's client sends no credential of its own on a person's route", async () => {
  const { seen } = await exchange(
    { call: (b) => b.approvals.list(), sends: "", answer: { approvals: [], nextCursor: null } },
    {},
  );
  expect(seen?.headers).not.toHaveProperty("authorization");
  expect(seen?.headers).not.toHaveProperty("x-developer-token");
});

const thrownBy = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const changes = [...byPeople, ...byAgent].filter(({ sends }) => !sends.startsWith("GET"));
const readings = byPeople.filter(({ sends }) => sends.startsWith("GET"));

describe("a change", () => {
  test.concurrent.each(changes)("is never sent twice: $sends", async ({ call }) => {
    for (const failure of [drop, problem(503, "UNAVAILABLE"), problem(429, "RATE_LIMIT_EXCEEDED")]) {
      await using server = await scriptedServer(failure);
      const error = await thrownBy(call(new BehalfID({ apiKey, developerToken, baseUrl: server.url })));
      expect(error).toBeInstanceOf(BehalfError);
      expect(server.seen).toHaveLength(1);
    }
  });

  test.concurrent.each(changes)(
    "is not taken for done on an answer that says something else: $sends",
    async ({ call }) => {
      await using server = await scriptedServer(json(200, { ok: true }));
      const error = await thrownBy(call(new BehalfID({ apiKey, developerToken, baseUrl: server.url })));
      expect(error).toMatchObject({ code: "INVALID_RESPONSE" });
    },
  );
});

test.concurrent.each(readings)("a reading is tried again: $sends", async ({ call, answer, gives }) => {
  await using server = await scriptedServer(drop, problem(503, "UNAVAILABLE"), json(200, answer));
  expect(await call(new BehalfID({ developerToken, baseUrl: server.url }))).toEqual(gives ?? answer);
});

test("an id from elsewhere does not choose another route for a person's token", async () => {
  await using server = await scriptedServer(json(200, whole));
  const behalf = new BehalfID({ developerToken, baseUrl: server.url });
  const calls = [
    behalf.agents.get("../tokens"),
    behalf.agents.disable("agent_1/enable?x="),
    behalf.permissions.revoke(".."),
    behalf.permissions.replace("agent_1", "perm_1/revoke#", { action: "a" }),
    behalf.approvals.approve("apr_1/deny"),
    behalf.logs.verifyLedger("%2e%2e"),
  ];
  for (const call of calls) expect(await thrownBy(call)).toMatchObject({ code: "INVALID_REQUEST" });
  expect(server.seen).toHaveLength(0);
});
