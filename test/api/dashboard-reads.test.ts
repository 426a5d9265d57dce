import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import type { LogSeries } from "../../src/contract/log-series.ts";
import type { Explanation } from "../../src/contract/verify.ts";
import { maxCounted } from "../../src/db/log-series.ts";
import type { Summary } from "../../src/db/summary.ts";
import { countedEnv, noCounts } from "../support/counted-env.ts";
import { newAgent, type TestAgent } from "./agent-scene.ts";
import { json, newOwner, outcome, send, type Someone } from "./people-scene.ts";

let owner: Someone;
let agent: TestAgent;

beforeAll(async () => {
  owner = await newOwner();
  agent = await newAgent(owner);
}, 60_000);

describe("the preview of a permission", () => {
  const request = { action: "purchase", vendor: "coachella.com", amount: 742 };
  const draft = { action: "purchase", resource: "coachella.com" };
  const explain = (body: unknown, about: TestAgent = agent, cookie = about.owner.cookie) =>
    send("POST", `/api/dashboard/agents/${about.agentId}/explain`, { cookie, body });
  const outcomeOf = async (body: unknown, about?: TestAgent) =>
    (await json<Explanation>(explain(body, about))).decision;

  it("decides the sample with what there is, and with the draft as if it were given", async () => {
    expect(await outcomeOf({ request })).toMatchObject({ outcome: "deny", reasonCode: "no_permission" });
    const { decision, trace } = await json<Explanation>(explain({ request, draft }));
    expect(decision).toMatchObject({ outcome: "allow", permissionId: "perm_draft" });
    expect(trace).toEqual([expect.objectContaining({ permissionId: "perm_draft", matched: true })]);
    const limited = { ...draft, constraints: { maxAmount: 500 } };
    expect(await outcomeOf({ request, draft: limited })).toMatchObject({ reasonCode: "amount_exceeded" });
    const elsewhere = { action: "deploy" };
    expect(await outcomeOf({ request, draft: elsewhere })).toMatchObject({ reasonCode: "no_permission" });
  });

  it("takes the replaced permission away, and says what saving it would then say", async () => {
    const buyer = await newAgent(owner);
    const old = await buyer.permit({ ...draft, requiresApproval: true });
    expect(await outcomeOf({ request }, buyer)).toMatchObject({ outcome: "ask", permissionId: old });
    // The most restrictive wins, so a draft beside the old one does not help.
    expect(await outcomeOf({ request, draft }, buyer)).toMatchObject({ outcome: "ask" });
    expect(await outcomeOf({ request, draft, replaces: old }, buyer)).toMatchObject({ outcome: "allow" });
    expect(await outcomeOf({ request, replaces: old }, buyer)).toMatchObject({
      reasonCode: "permission_revoked",
    });
    const blocking = { action: "other", blockedActions: ["purchase"] };
    const preview = await json<Explanation>(explain({ request, draft: blocking, replaces: old }, buyer));
    expect(preview.decision).toMatchObject({ reasonCode: "action_blocked" });
    await json(buyer.manage(`/permissions/${old}/replace`, blocking), 201);
    expect(
      (await buyer.verify("purchase", { body: { vendor: "coachella.com", amount: 742 } })).reasonCode,
    ).toBe("action_blocked");
    const after = await json<Explanation>(explain({ request }, buyer));
    const ids = (text: string) => text.replaceAll(/perm_[\w-]+/g, "perm");
    expect(ids(JSON.stringify(after))).toBe(ids(JSON.stringify(preview)));
  });

  it("records nothing, opens nothing, spends nothing and cannot be read as permission", async () => {
    const careful = await newAgent(owner);
    await careful.permit({ action: "deploy", requiresApproval: true });
    const approvalId = await careful.hold("deploy");
    await json(careful.decide(approvalId, "approve"));
    await env.LEDGER.getByName(careful.agentId).flush();
    const tables = ["permissions", "permission_actions", "approvals", "decisions", "passports", "agents"];
    // What is this agent's, and how much there is of everybody's.
    const stored = async () => {
      const rows = await env.DB.batch(
        tables.flatMap((table) => [
          env.DB.prepare(`SELECT count(*) AS count FROM ${table}`),
          env.DB.prepare(`SELECT * FROM ${table} WHERE ${table === "agents" ? "id" : "agent_id"} = ?`).bind(
            careful.agentId,
          ),
        ]),
      );
      return JSON.stringify(rows.map(({ results }) => results));
    };
    const before = await stored();
    expect(before).toContain('"status":"approved"');
    const answer = await explain({ request: { action: "deploy" }, draft: { action: "deploy" } }, careful);
    const body = await answer.json<Record<string, unknown>>();
    expect(Object.keys(body)).toEqual(["decision", "trace"]);
    expect(JSON.stringify(body)).not.toContain('"allowed":');
    await explain({ request: { action: "deploy" } }, careful);
    await env.LEDGER.getByName(careful.agentId).flush();
    expect(await stored()).toBe(before);
    expect(await careful.verify("deploy")).toMatchObject({ allowed: true, reasonCode: "allowed_by_grant" });
  });

  it("refuses what could not be saved, and knows only this agent's permissions", async () => {
    const over = { ...draft, constraints: { expiresAt: new Date(Date.now() - 1).toISOString() } };
    expect(await json(explain({ request, draft: over }), 400)).toMatchObject({
      errors: [{ field: "constraints.expiresAt", rule: "must be in the future" }],
    });
    expect(await json(explain({ request: { action: "" }, draft: { action: 1 } }), 400)).toMatchObject({
      errors: [{ field: "request.action" }, { field: "draft.action" }],
    });
    const [sibling, stranger] = await Promise.all([newAgent(owner), newAgent()]);
    for (const replaces of [await sibling.permit(draft), await stranger.permit(draft), "perm_unknown"])
      expect(await outcome(explain({ request, replaces }))).toBe("404 NOT_FOUND");
    expect(await outcome(explain({ request }, agent, stranger.owner.cookie))).toBe("404 NOT_FOUND");
  });
});

describe("decisions over time", () => {
  const series = (query: string, cookie = owner.cookie) =>
    send("GET", `/api/dashboard/logs/series?${query}`, { cookie });
  const at = (ms: number) => new Date(ms).toISOString();
  const start = Date.parse("2026-01-31T12:00:00.000Z");
  const minute = 60_000;

  let rows = 0;

  /** Decisions on record, as the ledgers' copies hold them. */
  async function recorded(of: TestAgent, decision: string, createdAt: number, count = 1): Promise<void> {
    rows += count;
    await env.DB.prepare(
      `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?5)
       INSERT INTO decisions (agent_id, seq, account_id, request_id, created_at, hash, entry)
       SELECT ?1, ?6 - n, ?2, 'req_' || ?6 || '_' || n, ?3, '', json_object('decision', ?4) FROM numbers`,
    )
      .bind(of.agentId, of.owner.accountId, createdAt, decision, count, 10_000_000 + rows)
      .run();
  }

  it("are counted by bucket and by decision, from the first millisecond to before the last", async () => {
    const chartist = await newAgent(await newOwner());
    const neighbour = await newAgent(chartist.owner);
    const { cookie } = chartist.owner;
    await recorded(chartist, "allowed", start - 1);
    await recorded(chartist, "allowed", start, 2);
    await recorded(neighbour, "denied", start + 10 * minute - 1);
    await recorded(chartist, "approval_required", start + 10 * minute);
    await recorded(chartist, "allowed", start + 30 * minute);
    await recorded(agent, "allowed", start + minute, 5);
    const query = `from=${at(start)}&to=${at(start + 30 * minute)}&buckets=3`;
    const none = { allowed: 0, denied: 0, approvalRequired: 0 };
    expect(await json(series(query, cookie))).toEqual({
      from: at(start),
      to: at(start + 30 * minute),
      bucketMs: 10 * minute,
      countedFrom: null,
      buckets: [
        { from: at(start), ...none, allowed: 2, denied: 1 },
        { from: at(start + 10 * minute), ...none, approvalRequired: 1 },
        { from: at(start + 20 * minute), ...none },
      ],
      summary: { total: 4, allowed: 2, denied: 1, approvalRequired: 1 },
    } satisfies LogSeries);
    const ofOne = await json<LogSeries>(series(`${query}&agentId=${neighbour.agentId}`, cookie));
    expect(ofOne.summary).toEqual({ total: 1, allowed: 0, denied: 1, approvalRequired: 0 });
    expect(await outcome(series(`${query}&agentId=${agent.agentId}`, cookie))).toBe("404 NOT_FOUND");
  });

  it("of the last 24 hours are there without a query, with what an agent did a moment ago", async () => {
    const busy = await newAgent(await newOwner());
    await busy.verify("anything");
    const answer = await json<LogSeries>(series(`agentId=${busy.agentId}`, busy.owner.cookie));
    expect(answer.buckets).toHaveLength(48);
    expect(Date.parse(answer.to) - Date.parse(answer.from)).toBe(24 * 60 * minute);
    expect(answer.summary).toMatchObject({ total: 1, denied: 1 });
    expect(answer.buckets.at(-1)?.denied).toBe(1);
  });

  it("cost what is counted and no more, however many others there are", async () => {
    const large = await newAgent(await newOwner());
    const small = await newAgent(large.owner);
    const { accountId, cookie } = large.owner;
    await recorded(large, "allowed", start, maxCounted);
    await recorded(large, "allowed", start + minute, 10);
    await recorded(large, "denied", start + minute, 10);
    await recorded(small, "allowed", start + minute, 3);
    const counted = async <T>(path: string) => {
      const counts = noCounts();
      const answer = await json<T>(send("GET", path, { cookie, vars: countedEnv(env, counts) }));
      return { answer, rowsRead: counts.rowsRead };
    };
    const read = (query: string) => counted<LogSeries>(`/api/dashboard/logs/series?${query}`);
    const soon = `from=${at(start + minute)}&to=${at(start + 2 * minute)}&buckets=1`;
    const ofMinute = await read(soon);
    expect(ofMinute.answer.summary.total).toBe(23);
    expect(ofMinute.rowsRead).toBeLessThan(60);
    const ofSmall = await read(`${soon}&agentId=${small.agentId}`);
    expect(ofSmall.answer.summary.total).toBe(3);
    expect(ofSmall.rowsRead).toBeLessThan(30);
    const all = await read(`from=${at(start - minute)}&to=${at(start + 2 * minute)}&buckets=3`);
    expect(all.answer.summary).toMatchObject({ allowed: maxCounted, denied: 10 });
    expect(all.answer.countedFrom).toBe(at(start));
    expect(all.answer.buckets.map(({ allowed }) => allowed)).toEqual([0, maxCounted - 13, 13]);
    expect(accountId).not.toBe(owner.accountId);
    await recorded(small, "denied", Date.now(), 2);
    const summary = await counted<Summary>("/api/dashboard/summary");
    expect(summary.answer.decisions).toEqual({ total: 2, allowed: 0, denied: 2, approvalRequired: 0 });
    expect(summary.answer.countedFrom).toBeNull();
    expect(summary.rowsRead).toBeLessThan(30);
    await recorded(large, "allowed", Date.now() - minute, maxCounted + 10);
    const crowded = await counted<Summary>("/api/dashboard/summary");
    expect(crowded.answer.decisions).toMatchObject({ allowed: maxCounted, denied: 2 });
    expect(crowded.answer.countedFrom).not.toBeNull();
    expect(crowded.rowsRead).toBeLessThan(2 * maxCounted + 60);
  });

  it("need a sensible range", async () => {
    for (const query of [
      `from=${at(start)}&to=${at(start)}`,
      `from=${at(start)}&to=${at(start + 47)}`,
      "from=yesterday",
      "buckets=201",
      "buckets=0",
      "buckets=1.5",
    ])
      expect(await outcome(series(query)), query).toBe("400 INVALID_REQUEST");
    const answer = await json<LogSeries>(series(`from=${at(start)}&to=${at(start + 7)}&buckets=5`));
    expect(answer.buckets).toHaveLength(4);
    expect(answer.bucketMs).toBe(2);
  });
});

it.each([
  [`logs?q=${"x".repeat(201)}`, "q must have at most 200 characters."],
  ["logs?risk=none", "risk must be one of: low, medium, high."],
])("says in a sentence what is wrong with %s", async (path, detail) => {
  const { cookie } = await newOwner();
  expect(await json(send("GET", `/api/dashboard/${path}`, { cookie }), 400)).toMatchObject({ detail });
});
