import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Explanation } from "../../src/contract/verify.ts";
import { factsByKey } from "../../src/db/facts.ts";
import { hashSecret } from "../../src/crypto/secrets.ts";
import { countedEnv, noCounts, type Counts } from "../support/counted-env.ts";
import { present } from "../support/present.ts";
import { type Asking, newAgent, type TestAgent } from "./agent-scene.ts";
import { json, outcome, send } from "./people-scene.ts";

async function costOf(agent: TestAgent, action: string, asking: Asking = {}) {
  const counts = noCounts();
  const packet = await agent.verify(action, { ...asking, bindings: countedEnv(env, counts) });
  return { packet, counts };
}

const trips = ({ d1Statements, durableObjectCalls }: Counts) => ({ d1Statements, durableObjectCalls });

describe("a verify costs", () => {
  test("one D1 statement and one Durable Object call where no person is asked", async () => {
    const agent = await newAgent();
    await agent.permit({ action: "read" });
    for (const action of ["read", "write"])
      for (const asking of [{}, { idempotencyKey: `key of ${action}` }])
        expect(trips((await costOf(agent, action, asking)).counts)).toEqual({
          d1Statements: 1,
          durableObjectCalls: 1,
        });
  });

  test("one Durable Object call more where a person is asked, to wait and to go ahead alike", async () => {
    const agent = await newAgent();
    await agent.permit({ action: "deploy", requiresApproval: true });
    const gated = { d1Statements: 1, durableObjectCalls: 2 };
    expect(trips((await costOf(agent, "deploy")).counts)).toEqual(gated);
    const pending = await costOf(agent, "deploy");
    expect(trips(pending.counts)).toEqual(gated);
    await agent.decide(await agent.hold("deploy"), "approve");
    const spending = await costOf(agent, "deploy");
    expect(spending.packet.allowed).toBe(true);
    expect(trips(spending.counts)).toEqual(gated);
  });

  test("and one to look for the first answer where a key says that it may be a retry", async () => {
    const agent = await newAgent();
    await agent.permit({ action: "deploy", requiresApproval: true });
    const asking = { idempotencyKey: "once" };
    expect(trips((await costOf(agent, "deploy", asking)).counts)).toEqual({
      d1Statements: 1,
      durableObjectCalls: 3,
    });
    expect(trips((await costOf(agent, "deploy", asking)).counts)).toEqual({
      d1Statements: 1,
      durableObjectCalls: 1,
    });
  });
});

describe("the rows that a verify reads", () => {
  let agent: TestAgent;

  beforeAll(async () => {
    agent = await newAgent();
    await agent.permit({ action: "read" });
    await agent.verify("read");
  });

  async function rowsRead(): Promise<number> {
    const counts = noCounts();
    const { DB } = countedEnv(env, counts);
    const facts = await factsByKey(DB, await hashSecret(agent.apiKey), "read", Date.now());
    expect(facts?.permissions).toHaveLength(1);
    return counts.rowsRead;
  }

  // Each column's value for row number `n` of the many.
  const rows: [string, string][] = [
    [
      "other agents with their keys and permissions",
      `INSERT INTO agents (id, account_id, name, created_at) SELECT 'agent_other' || n, ?1, 'Other', 0 FROM numbers;
       INSERT INTO agent_keys (hash, account_id, agent_id, preview, created_at)
         SELECT 'hash' || n, ?1, 'agent_other' || n, '', 0 FROM numbers;
       INSERT INTO permission_actions (agent_id, action, is_active, created_at, permission_id)
         SELECT 'agent_other' || n, 'read', 1, 0, 'perm_other' || n FROM numbers`,
    ],
    [
      "the agent's permissions for other actions",
      `INSERT INTO permissions (id, account_id, agent_id, spec, created_at)
         SELECT 'perm_more' || n, ?1, ?2, '{"action":"other' || n || '"}', 0 FROM numbers;
       INSERT INTO permission_actions (agent_id, action, is_active, created_at, permission_id)
         SELECT ?2, 'other' || n, 1, 0, 'perm_more' || n FROM numbers`,
    ],
    [
      "ended permissions for the same action",
      `INSERT INTO permission_actions (agent_id, action, is_active, created_at, permission_id)
         SELECT ?2, 'ended', 0, n, 'perm_gone' || n FROM numbers`,
    ],
    [
      "log entries",
      `INSERT INTO decisions (agent_id, seq, account_id, request_id, created_at, hash, entry)
         SELECT ?2, 1000000 + n, ?1, 'req_many' || n, 0, '', '{}' FROM numbers`,
    ],
  ];

  test.each(rows)("do not grow with %s", async (_name, statements) => {
    const read: number[] = [];
    for (const [from, to] of [
      [1, 10],
      [11, 1000],
      [1001, 100_000],
    ] as const) {
      const numbers = `WITH RECURSIVE numbers(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to})`;
      await env.DB.batch(
        statements.split(";").map((statement) => {
          const [, head, rest] = /^(INSERT INTO[^)]*\))([^]*)$/.exec(statement.trim()) ?? [];
          const bare = `${head} ${numbers} ${rest}`;
          const prepared = env.DB.prepare(bare.replaceAll("?1", "?").replaceAll("?2", "?"));
          const values = [...bare.matchAll(/\?[12]/g)].map(([mark]) =>
            mark === "?1" ? agent.owner.accountId : agent.agentId,
          );
          return prepared.bind(...values);
        }),
      );
      read.push(await rowsRead());
    }
    const [at10 = 0] = read;
    expect(read).toEqual([at10, at10, at10]);
    expect(at10).toBeLessThanOrEqual(7);
  });
});

describe("the permissions for one action", () => {
  const add = (agent: TestAgent, action: string, count: number, notes = "many") =>
    env.DB.batch([
      env.DB.prepare(
        `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?4)
         INSERT INTO permissions (id, account_id, agent_id, spec, created_at)
         SELECT 'perm_' || ?2 || ?3 || n, ?1, ?2,
           json_object('action', ?3, 'resource', 'other' || n || '.example.com', 'notes', ?5, 'allowedActions', json('[]'),
             'blockedActions', json('[]'), 'requiresApproval', json('false'), 'requireDifferentApprover', json('false'),
             'constraints', json('{}')), n FROM numbers`,
      ).bind(agent.owner.accountId, agent.agentId, action, count, notes),
      env.DB.prepare(
        `INSERT INTO permission_actions (agent_id, action, is_active, created_at, permission_id)
         SELECT agent_id, ?2, 1, created_at, id FROM permissions WHERE agent_id = ?1 AND spec ->> 'action' = ?2
         ON CONFLICT DO NOTHING`,
      ).bind(agent.agentId, action),
    ]);

  test("are as many as can be decided on, and one more is refused by its number or its size", async () => {
    const agent = await newAgent();
    await add(agent, "many", 999);
    await add(agent, "long", 450, "x".repeat(2000));
    const last = await agent.permit({ action: "many", resource: "vercel.com" });
    const vercel = { body: { vendor: "vercel.com" } };
    expect(await agent.verify("many", vercel)).toMatchObject({ allowed: true, permissionId: last });
    expect(await agent.verify("long", { body: { vendor: "other1.example.com" } })).toMatchObject({
      allowed: true,
    });

    const deniedCommands = Array.from({ length: 100 }, (_, index) => `${index} ${"x".repeat(400)}`);
    const long = { action: "long", constraints: { deniedCommands } };
    for (const refused of [{ action: "many" }, { action: "few", allowedActions: ["many"] }, long]) {
      const answer = await agent.manage("/permissions", refused);
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({
        code: "CONFLICT",
        hint: expect.stringContaining("Revoke"),
      });
    }
    expect((await agent.manage(`/permissions/${last}/replace`, { action: "many" })).status).toBe(201);
    expect((await agent.manage("/permissions", { action: "few" })).status).toBe(201);
  });

  test("are named where they have ended too, the newest 1,000 of them, however long each is", async () => {
    const agent = await newAgent();
    await add(agent, "long", 1100, "x".repeat(2000));
    await env.DB.batch(
      [
        "UPDATE permissions SET status = 'revoked' WHERE agent_id = ?",
        "UPDATE permission_actions SET is_active = 0 WHERE agent_id = ?",
      ].map((statement) => env.DB.prepare(statement).bind(agent.agentId)),
    );
    const { decision, trace } = await json<Explanation>(
      agent.call("POST", "/api/verify/explain", { agentId: agent.agentId, action: "long" }),
    );
    const newest = `perm_${agent.agentId}long1100`;
    expect(decision).toMatchObject({ reasonCode: "permission_revoked", permissionId: newest });
    expect(trace).toHaveLength(1000);
    expect(trace[0]).toMatchObject({ permissionId: newest, action: "long", failedCheck: "status" });
    expect(trace.at(-1)).toMatchObject({ permissionId: `perm_${agent.agentId}long101` });
  });

  test("are not more because they come at once, and what finds no room replaces nothing", async () => {
    const agent = await newAgent();
    await add(agent, "many", 998);
    const other = await agent.permit({ action: "other" });
    const paths = ["/permissions", "/permissions", "/permissions", `/permissions/${other}/replace`];
    const answers = await Promise.all(paths.map((path) => outcome(agent.manage(path, { action: "many" }))));
    expect(answers.toSorted()).toEqual(["201", "201", "409 CONFLICT", "409 CONFLICT"]);
    const { isActive } = present(
      await env.DB.prepare(
        "SELECT count(*) AS isActive FROM permission_actions WHERE agent_id = ? AND action = 'many' AND is_active",
      )
        .bind(agent.agentId)
        .first<{ isActive: number }>(),
    );
    expect(isActive).toBe(1000);
    expect((await agent.verify("other")).allowed).toBe(answers[3] !== "201");
  });

  test("in force are listed however many came after them and ended", async () => {
    const agent = await newAgent();
    await add(agent, "old", 1, "The first.");
    await add(agent, "edited", 1001);
    await env.DB.prepare(
      "UPDATE permissions SET status = 'replaced' WHERE agent_id = ? AND spec ->> 'action' = 'edited'",
    )
      .bind(agent.agentId)
      .run();
    const { permissions } = await json<{ permissions: { notes: string; status: string }[] }>(
      send("GET", `/api/dashboard/agents/${agent.agentId}`, { cookie: agent.owner.cookie }),
    );
    expect(permissions).toHaveLength(1000);
    expect(permissions.at(-1)).toMatchObject({ notes: "The first.", status: "active" });
  });
});
