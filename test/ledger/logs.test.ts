import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  csvColumns,
  logFilterSchema,
  logItemSchema,
  logPageSchema,
  type LogPage,
} from "../../src/contract/log.ts";
import { ledgerEntrySchema } from "../../src/contract/ledger-entry.ts";
import type { AccountId } from "../../src/contract/ids.ts";
import { logPage } from "../../src/db/logs.ts";
import type { Link } from "../../src/ledger/chain.ts";
import { exportLogs, type ExportFormat } from "../../src/ledger/export.ts";
import type { Owner } from "../../src/ledger/journal.ts";
import { countedEnv, noCounts } from "../support/counted-env.ts";
import { verifyChain } from "../support/verify-chain.ts";
import { allowed, denied, held, ledgerOf, newAgent, recordAll, request, start } from "./ledger-fixtures.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

type Query = Record<string, string>;

async function page(accountId: AccountId, query: Query = {}): Promise<LogPage> {
  const found = await logPage(env.DB, accountId, logFilterSchema.parse(query));
  return logPageSchema.parse(found);
}

const requestIds = async (accountId: AccountId, query: Query = {}) =>
  (await page(accountId, query)).logs.map(({ requestId }) => requestId);

/** Copies as a ledger of that many entries would have left them, in one statement. */
async function fill({ accountId, agentId }: Owner, from: number, to: number): Promise<void> {
  await env.DB.prepare(
    `WITH RECURSIVE numbers (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM numbers WHERE i < ${to})
    INSERT INTO decisions (agent_id, seq, account_id, request_id, created_at, hash, entry)
    SELECT ?2, i, ?1, 'req_' || i || ?2, (${start / 1000} + i) * 1000, printf('%064d', i), json_object(
      'v', 1, 'seq', i, 'prev', printf('%064d', i - 1), 'requestId', 'req_' || i || ?2,
      'at', strftime('%Y-%m-%dT%H:%M:%SZ', ${start / 1000} + i, 'unixepoch'), 'accountId', ?1, 'agentId', ?2,
      'action', 'action-' || (i % 7), 'allowed', json(iif(i % 10, 'false', 'true')),
      'approvalRequired', json('false'), 'decision', iif(i % 10, 'denied', 'allowed'),
      'reason', 'Agent is disabled.', 'reasonCode', 'agent_disabled', 'risk', 'high') FROM numbers`,
  )
    .bind(accountId, agentId)
    .run();
}

describe("the logs of an account", () => {
  let ollie: Owner;
  let claude: Owner;
  const minute = (minutes: number) => start + minutes * 60_000;

  beforeAll(async () => {
    ollie = await newAgent("Ollie_100%");
    claude = await newAgent("claude", ollie.accountId);
    const record = async (owner: Owner, changes: Parameters<typeof request>[1]) => {
      await ledgerOf(owner.agentId).record(request(owner, changes));
    };
    const idempotency = { key: "k", bodyHash: "b" };
    await record(ollie, { requestId: "req_1", now: minute(0), packet: allowed("req_1"), amount: 12.5 });
    await record(ollie, {
      requestId: "req_2",
      now: minute(1),
      packet: held("req_2", "apr_2"),
      action: "deploy_production",
      environment: "production",
      metadata: { environment: "production" },
      idempotency,
    });
    await record(claude, {
      requestId: "req_3",
      now: minute(2),
      packet: denied("req_3"),
      action: "purchase",
      vendor: "coachella.com",
    });
    await record(ollie, {
      requestId: "req_4",
      now: minute(3),
      packet: allowed("req_4", "allowed_by_grant"),
      approvalId: "apr_2",
    });
    await record(claude, {
      requestId: "req_5",
      now: minute(3),
      packet: denied("req_5", "agent_disabled"),
      action: "50%_off\\",
      vendor: undefined,
    });
    await record(ollie, {
      requestId: "req_6",
      now: minute(1) + 1,
      packet: held("req_6"),
      action: "deploy_production",
      idempotency,
    });
    await ledgerOf(ollie.agentId).flush();
    await ledgerOf(claude.agentId).flush();
    const stranger = await newAgent("stranger");
    await recordAll(stranger, 3);
    await ledgerOf(stranger.agentId).flush();
  });

  it("show each decision as it was recorded", async () => {
    const { logs } = await page(ollie.accountId, { requestId: "req_2" });
    const [link] = (await ledgerOf(ollie.agentId).newest(10)).filter(({ seq }) => seq === 2);
    expect(logs).toEqual([
      {
        requestId: "req_2",
        agentId: ollie.agentId,
        agentName: "Ollie_100%",
        permissionId: "perm_deploys_to_staging",
        action: "deploy_production",
        vendor: "vercel.com",
        amount: null,
        environment: "production",
        allowed: false,
        approvalRequired: true,
        approvalId: "apr_2",
        decision: "approval_required",
        reason: "Permission requires approval before execution.",
        reasonCode: "requires_approval",
        risk: "medium",
        createdAt: "2030-01-31T12:01:00.000Z",
        metadata: { environment: "production" },
        replayed: false,
        seq: 2,
        hash: link?.hash,
      },
    ]);
  });

  it("tell a replay from a first answer", async () => {
    const { logs } = await page(ollie.accountId, { requestId: "req_6" });
    expect(logs).toMatchObject([{ replayed: true, decision: "approval_required", approvalId: "apr_2" }]);
  });

  it("come newest first, with a count of each kind", async () => {
    const { logs, summary, pagination } = await page(ollie.accountId);
    const ids = logs.map(({ requestId }) => requestId);
    expect(ids).toEqual(["req_4", "req_5", "req_3", "req_6", "req_2", "req_1"]);
    expect(summary).toEqual({ total: 6, allowed: 2, denied: 2, approvalRequired: 2 });
    expect(pagination).toEqual({ limit: 50, page: 1, nextCursor: null, hasMore: false });
  });

  it.each<[Query, string[]]>([
    [{ decision: "allowed" }, ["req_4", "req_1"]],
    [{ decision: "denied" }, ["req_5", "req_3"]],
    [{ decision: "approval_required" }, ["req_6", "req_2"]],
    [{ allowed: "true" }, ["req_4", "req_1"]],
    [{ allowed: "false" }, ["req_5", "req_3", "req_6", "req_2"]],
    [{ allowed: "false", decision: "allowed" }, []],
    [{ risk: "medium" }, ["req_6", "req_2"]],
    [{ action: "purchase" }, ["req_3"]],
    [{ action: "Purchase" }, []],
    [{ action: "purchase ' OR 1=1 --" }, []],
    [{ vendor: "coachella.com" }, ["req_3"]],
    [{ environment: "production" }, ["req_2"]],
    [{ requestId: "req_3" }, ["req_3"]],
    [{ approvalId: "apr_2" }, ["req_4", "req_6", "req_2"]],
    [{ approvalId: "apr_2", decision: "allowed" }, ["req_4"]],
    [{ from: "2030-01-31T12:02:00Z" }, ["req_4", "req_5", "req_3"]],
    [{ from: "2030-01-31T13:02:00.001+01:00" }, ["req_4", "req_5"]],
    [{ to: "2030-01-31T12:01:00Z" }, ["req_2", "req_1"]],
    [{ from: "2030-01-31T12:01:00Z", to: "2030-01-31T12:01:00Z" }, ["req_2"]],
    [{ q: "COACHELLA" }, ["req_3"]],
    [{ q: "requires approval" }, ["req_6", "req_2"]],
    [{ q: "req_4" }, ["req_4"]],
    [{ q: "ollie_100%" }, ["req_4", "req_6", "req_2", "req_1"]],
    [{ q: "%" }, ["req_4", "req_5", "req_6", "req_2", "req_1"]],
    [{ q: "50%_off\\" }, ["req_5"]],
    [{ q: "5_%" }, []],
    [{ q: "é".repeat(200) }, []],
    [{ q: "" }, ["req_4", "req_5", "req_3", "req_6", "req_2", "req_1"]],
  ])("can be asked for %j", async (query, expected) => {
    expect(await requestIds(ollie.accountId, query)).toEqual(expected);
    const { summary } = await page(ollie.accountId, query);
    expect(summary.total).toBe(expected.length);
  });

  it("can be asked for one agent, alone and with everything else", async () => {
    const { accountId, agentId } = claude;
    expect(await requestIds(accountId, { agentId })).toEqual(["req_5", "req_3"]);
    expect(await requestIds(accountId, { agentId, action: "purchase", risk: "high" })).toEqual(["req_3"]);
  });

  it("show nothing of another account, whatever is asked for", async () => {
    const { accountId: foreign } = await newAgent();
    const { agentId } = ollie;
    const queries: Query[] = [
      {},
      { agentId },
      { requestId: "req_1" },
      { approvalId: "apr_2" },
      { decision: "allowed" },
      { q: "o" },
    ];
    for (const query of queries) {
      const { logs, summary } = await page(foreign, query);
      expect(logs).toEqual([]);
      expect(summary.total).toBe(0);
      expect((await collect(foreign, "ndjson", query)).text).toBe("");
    }
  });

  it("refuse a cursor that no page gave", async () => {
    const forged = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
    for (const cursor of [
      "x",
      "!",
      forged({}),
      forged([1, 2]),
      forged(["1", 2, ollie.agentId]),
      forged([1, 2, "agent_' OR 1=1"]),
    ])
      expect(await logPage(env.DB, ollie.accountId, { cursor })).toBeNull();
  });

  it("turn pages by number too", async () => {
    const second = await page(ollie.accountId, { limit: "4", page: "2" });
    expect(second.logs.map(({ requestId }) => requestId)).toEqual(["req_2", "req_1"]);
    expect(second.pagination).toEqual({ limit: 4, page: 2, nextCursor: null, hasMore: false });
    const first = await page(ollie.accountId, { limit: "4", page: "1" });
    expect(first.pagination).toMatchObject({ page: 1, hasMore: true });
    const next = await page(ollie.accountId, { limit: "4", cursor: first.pagination.nextCursor ?? "" });
    expect(next.logs).toEqual(second.logs);
    expect(next.pagination.page).toBeNull();
  });

  it("pass each entry once by cursor, while new ones arrive", async () => {
    const owner = await newAgent();
    await recordAll(owner, 40, { now: start });
    await ledgerOf(owner.agentId).flush();
    const seen: number[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: Query = { limit: "7", ...(cursor && { cursor }) };
      const { logs, pagination }: LogPage = await page(owner.accountId, query);
      seen.push(...logs.map(({ seq }) => seq));
      cursor = pagination.nextCursor;
      await recordAll(owner, 3, { now: start + 1 });
      await ledgerOf(owner.agentId).flush();
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => 40 - index));
  });

  it("read as many rows for a page of a long log as of a short one", async () => {
    const owner = await newAgent();
    const other = await newAgent("other", owner.accountId);
    const reads = async (query: Query, far?: number) => {
      let [rows, all] = [0, 0];
      const counting = new Proxy(env.DB, {
        get: (db, name) =>
          name === "batch"
            ? async (statements: D1PreparedStatement[]) => {
                const results = await db.batch(statements);
                rows = results[0]?.meta.rows_read ?? Number.NaN;
                for (const { meta } of results) all += meta.rows_read;
                return results;
              }
            : (Reflect.get(db, name) as D1Database["prepare"]).bind(db),
      });
      await logPage(counting, owner.accountId, logFilterSchema.parse(query), far);
      return far === undefined ? rows : all;
    };
    const queries: Query[] = [
      {},
      { decision: "allowed" },
      { agentId: owner.agentId },
      { agentId: owner.agentId, from: "2030-01-31T12:00:00Z", to: "2030-01-31T12:15:00Z" },
      { requestId: `req_777${owner.agentId}` },
      { approvalId: "apr_none" },
    ];
    const measure = () => Promise.all(queries.map((query) => reads(query)));
    await fill(owner, 1, 1000);
    const short = await measure();
    await fill(owner, 1001, 20_000);
    await fill(other, 1, 20_000);
    const long = await measure();
    for (const [at, query] of queries.entries())
      console.log(
        `rows read: ${short[at]} of 1,000 entries, ${long[at]} of 40,000, for ${JSON.stringify(query)}`,
      );
    for (const [at, rows] of long.entries()) {
      expect(rows).toBeLessThanOrEqual((short[at] ?? 0) + 2);
      expect(rows).toBeLessThanOrEqual(2 * 51 + 3);
    }
    // What its filter finds nowhere, and what it has to count, is looked for no further than it says.
    const { pagination } = await page(owner.accountId);
    for (const query of [
      ...queries,
      { action: "nothing" },
      { q: "nothing" },
      { risk: "high", decision: "allowed" },
      { allowed: "false" },
      { agentId: other.agentId, environment: "nowhere" },
      { page: "10000", limit: "500" },
      { action: "nothing", cursor: pagination.nextCursor ?? "" },
    ])
      expect(await reads(query, 500), JSON.stringify(query)).toBeLessThan(8 * 500 + 300);
  });

  it("are found however far back, and counted as far as a page looks", async () => {
    const owner = await newAgent();
    for (const action of ["rare", "common", "rare"])
      await recordAll(owner, action === "rare" ? 1 : 30, { now: start, action });
    await recordAll(owner, 10, { now: start + 1000, action: "common" });
    await ledgerOf(owner.agentId).flush();
    const far = 5;
    const first = await logPage(env.DB, owner.accountId, logFilterSchema.parse({ action: "rare" }), far);
    expect(first).toMatchObject({
      logs: [],
      summary: { total: 0 },
      countedFrom: new Date(start + 1000).toISOString(),
      pagination: { hasMore: true },
    });
    const found: number[] = [];
    let cursor: string | null = first?.pagination.nextCursor ?? null;
    while (cursor !== null) {
      const filter = logFilterSchema.parse({ action: "rare", limit: "1", cursor });
      const next: LogPage | null = await logPage(env.DB, owner.accountId, filter, far);
      found.push(...(next?.logs ?? []).map(({ seq }) => seq));
      cursor = next?.pagination.nextCursor ?? null;
    }
    expect(found).toEqual([32, 1]);
    const all = await logPage(env.DB, owner.accountId, logFilterSchema.parse({}), far);
    expect(all).toMatchObject({ summary: { total: 10 }, countedFrom: new Date(start + 1000).toISOString() });
    expect(all?.logs).toHaveLength(10);
  });
});

describe("an export", () => {
  it("streams 5,000 rows page by page and can be checked offline", async () => {
    const owner = await newAgent();
    for (let round = 0; round < 5; round += 1) {
      await recordAll(owner, 1000, { metadata: { note: "a\u2028b" } });

      await ledgerOf(owner.agentId).flush();
    }
    const { text, chunks } = await collect(owner.accountId, "ndjson");
    expect(chunks).toBe(20);
    const lines = text.trimEnd().split("\n");
    const items = lines.map((line) => JSON.parse(line) as Link & { prev: string });
    expect(items).toHaveLength(5000);
    const [newest] = items;
    expect(logItemSchema.parse(newest)).toMatchObject({ seq: 5000, action: "deploy" });
    expect(ledgerEntrySchema.parse(JSON.parse(newest?.entry ?? "")).prev).toBe(newest?.prev);
    const { head } = await ledgerOf(owner.agentId).head();
    expect(verifyChain(items.toReversed())).toEqual({ ok: true, entries: 5000, head });

    const csv = await collect(owner.accountId, "csv");
    const records = recordsIn(csv.text);
    expect(records.map(({ seq }) => Number(seq))).toEqual(items.map(({ seq }) => seq));
    expect(csv.text.startsWith(`${csvColumns.join(",")},permissionId,reasonCode,replayed,seq,hash\n`)).toBe(
      true,
    );
    expect(records[0]).toMatchObject({
      decision: "allowed",
      approvalRequired: "false",
      agentName: "ollie",
      approvalId: "",
      hash: newest?.hash,
    });
  });

  it("follows the filter and ignores its pages", async () => {
    const owner = await newAgent();
    await fill(owner, 1, 1200);
    const { text } = await collect(owner.accountId, "csv", { decision: "allowed", limit: "5", page: "3" });
    expect(recordsIn(text)).toHaveLength(120);
  });

  it("has its columns when there is nothing to show", async () => {
    const { accountId } = await newAgent();
    const { text } = await collect(accountId, "csv");
    expect(text.split("\n")).toHaveLength(2);
    expect((await collect(accountId, "ndjson")).text).toBe("");
  });

  it("asks D1 for no more than its reader takes, and stops when the reader goes away", async () => {
    const owner = await newAgent();
    await fill(owner, 1, 5000);
    let asked = 0;
    const counting = new Proxy(env.DB, {
      get: (db, name) => {
        if (name === "prepare") asked += 1;
        return (Reflect.get(db, name) as D1Database["prepare"]).bind(db);
      },
    });
    const reader = exportLogs(counting, owner.accountId, {}, "ndjson").getReader();
    // A page of 2,000 rows is handed on in eight pieces.
    for (let piece = 0; piece < 9; piece += 1) await reader.read();
    await scheduler.wait(20);
    expect(asked).toBe(2);
    await reader.cancel();
    await scheduler.wait(20);
    expect(asked).toBe(2);
  });

  it("looks for what is rare a stretch at a time, and finds it however far back", async () => {
    const owner = await newAgent();
    await fill(owner, 1, 6000);
    const rare = { q: `req_7${owner.agentId}` };
    const counts = noCounts();
    const { DB } = countedEnv(env, counts);
    const bounds = { rows: 100, far: 500, statements: 100 };
    const text = await new Response(exportLogs(DB, owner.accountId, rare, "ndjson", bounds)).text();
    expect(text.trimEnd().split("\n")).toHaveLength(1);
    expect(text).toContain(`"requestId":"req_7${owner.agentId}"`);
    expect(counts.rowsRead / counts.d1Statements).toBeLessThan(2 * 500);
  });

  it("breaks off, and does not end, where it is longer than one request can be", async () => {
    const owner = await newAgent();
    await fill(owner, 1, 600);
    const read = async (query: Query, statements: number) => {
      const bounds = { rows: 200, far: 200, statements };
      return new Response(
        exportLogs(env.DB, owner.accountId, logFilterSchema.parse(query), "ndjson", bounds),
      ).text();
    };
    await expect(read({}, 3)).rejects.toThrow("longer than one request can be");
    expect((await read({}, 4)).trimEnd().split("\n")).toHaveLength(600);
    await expect(read({ action: "nothing" }, 6)).rejects.toThrow("longer than one request can be");
    expect(await read({ action: "nothing" }, 8)).toBe("");
  });

  it("fails instead of ending early when D1 fails", async () => {
    const { accountId } = await newAgent();
    const broken = new Proxy(env.DB, {
      get: () => () => {
        throw new Error("D1 is away");
      },
    });
    await expect(new Response(exportLogs(broken, accountId, {}, "csv")).text()).rejects.toThrow("D1 is away");
  });

  it("runs nothing in a spreadsheet or a terminal, and keeps one record to a line", async () => {
    const owner = await newAgent('=cmd|"/C calc"!A0');
    const hostile = [
      "=1+1",
      "+1",
      "-1+cmd",
      "@SUM(A1)",
      "\t=1+1",
      "\r=1+1",
      "\n=1+1",
      "＝1+1",
      '"=1+1"',
      '=1+",x"',
      "a,b\r\n2030-01-31T12:00:00.000Z,allowed,false",
      "\u001b]0;owned\u0007\u001b[2J",
      "\u009b2J",
      "deploy\u202egnp.exe",
      "a;=cmd|' /C calc'!A0;b",
      "a; \u00a0@SUM(A1)",
      " =1+1",
      "a\u2028b\u0000c",
    ];
    for (const [index, vendor] of hostile.entries())
      await ledgerOf(owner.agentId).record(request(owner, { vendor, action: vendor, now: start + index }));
    await ledgerOf(owner.agentId).flush();

    for (const action of hostile) expect((await page(owner.accountId, { action })).summary.total).toBe(1);
    expect((await page(owner.accountId, { action: "a\u2028b" })).summary.total).toBe(0);

    const csv = (await collect(owner.accountId, "csv")).text;
    const ndjson = (await collect(owner.accountId, "ndjson")).text;
    for (const text of [csv, ndjson]) {
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(text.trimEnd().split("\n")).toHaveLength(hostile.length + (text === csv ? 1 : 0));
    }
    const cells = recordsIn(csv).flatMap((record) => Object.values(record));
    expect(cells.filter((text) => /^\s*[=+\-@\t\r\uff1d]/.test(text))).toEqual([]);
    // And where a semicolon ends a cell, which knows nothing of what stands in quotes for others.
    const elsewhere = csv.split(/[;\n]/);
    expect(elsewhere).toContain("'=cmd|' /C calc'!A0");
    expect(elsewhere.filter((text) => /^\s*[=+\-@\uff1d]/.test(text))).toEqual([]);
    expect(cells).toEqual(expect.arrayContaining(["'=1+1", "'-1+cmd", "\\u0009=1+1", '\'=1+",x"']));

    const items = ndjson.trimEnd().split("\n").toReversed();
    expect(items.map((line) => logItemSchema.parse(JSON.parse(line)).vendor)).toEqual(hostile);
  });
});

async function collect(
  accountId: AccountId,
  format: ExportFormat,
  query: Query = {},
): Promise<{ text: string; chunks: number }> {
  const decoder = new TextDecoder();
  let text = "";
  let chunks = 0;
  for await (const chunk of exportLogs(env.DB, accountId, logFilterSchema.parse(query), format)) {
    text += decoder.decode(chunk, { stream: true });
    chunks += 1;
  }
  return { text, chunks };
}

// RFC 4180, where a record is one line.
function recordsIn(csv: string): Record<string, string>[] {
  const rows = csv
    .trimEnd()
    .split("\n")
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
      ),
    );
  const [columns = [], ...records] = rows;
  return records.map((cells) => {
    expect(cells).toHaveLength(columns.length);
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ""]));
  });
}
