import type { D1Database } from "@cloudflare/workers-types";
import { countedOnce, idle } from "./counts.ts";
import { oneByOne, type Measured } from "./load.ts";
import type { Scene } from "./scene.ts";
import { median } from "./statistics.ts";
import type { BenchSystem } from "./system.ts";

export type Scaled = {
  grows: string;
  size: number;
  request: string;
  p50Ms: number;
  rowsRead: number;
};

type Growth = {
  grows: string;
  sizes: readonly number[];
  /** Statements over `numbers`, which holds the numbers of the rows to add, to be bound as ?1 the account and ?2 the agent. */
  add: readonly string[];
  ask: readonly Measured[];
};

const rowsAtOnce = 20_000;
const times = 60;

/** How the cost of a request grows with what lies in D1: rows read, and milliseconds for one at a time. */
export async function scaling({ url, db }: BenchSystem, scene: Scene): Promise<Scaled[]> {
  const results: Scaled[] = [];
  for (const { grows, sizes, add, ask } of growths(scene)) {
    let size = 0;
    for (const next of sizes) {
      while (size < next) {
        const to = Math.min(next, size + rowsAtOnce);
        await insert(db, scene, add, size + 1, to);
        size = to;
      }
      for (const each of ask) {
        await oneByOne(url, each, 3);
        results.push({
          grows,
          size,
          request: each.name,
          p50Ms: median(await oneByOne(url, each, times)),
          rowsRead: (await countedOnce(url, each)).rowsRead,
        });
      }
    }
    await idle(url);
  }
  return results;
}

async function insert(
  db: D1Database,
  { accountId, agentId }: Scene,
  add: readonly string[],
  from: number,
  to: number,
): Promise<void> {
  const numbers = `WITH RECURSIVE numbers(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${to})`;
  await db.batch(
    add.map((statement) => {
      const [head, rows] = statement.split(/(?=SELECT)/, 2);
      // One that does not speak of the agent must not be given it.
      const values = statement.includes("?2") ? [accountId, agentId] : [accountId];
      return db.prepare(`${head} ${numbers} ${rows}`).bind(...values);
    }),
  );
}

const permission = (action: string, id: string) => [
  `INSERT INTO permissions (id, account_id, agent_id, spec, created_at)
   SELECT '${id}' || n, ?1, ?2, json_object('action', ${action}, 'resource', 'other' || n || '.example.com'), n FROM numbers`,
  `INSERT INTO permission_actions (agent_id, action, is_active, created_at, permission_id)
   SELECT ?2, ${action}, 1, n, '${id}' || n FROM numbers WHERE ?1 <> ''`,
];

function growths(scene: Scene): Growth[] {
  const { allowed, gated } = scene;
  const logs = scene.get("/api/dashboard/logs?limit=50");
  const oneKind = scene.get("/api/dashboard/logs?limit=50&decision=denied");
  const approvals = scene.get("/api/dashboard/approvals");
  return [
    {
      grows: "agents, each with a key and a permission",
      sizes: [1, 1000, 100_000],
      add: [
        `INSERT INTO agents (id, account_id, name, created_at) SELECT 'agent_other' || n, ?1, 'Other', n FROM numbers`,
        `INSERT INTO agent_keys (hash, account_id, agent_id, preview, created_at)
         SELECT 'hash' || n, ?1, 'agent_other' || n, '', n FROM numbers`,
        `INSERT INTO permission_actions (agent_id, action, is_active, created_at, permission_id)
         SELECT 'agent_other' || n, 'read', 1, n, 'perm_other' || n FROM numbers WHERE ?1 <> ''`,
      ],
      ask: [allowed],
    },
    {
      grows: "the agent's permissions for other actions",
      sizes: [1, 100, 10_000],
      add: permission("'other' || n", "perm_more"),
      ask: [allowed],
    },
    {
      grows: "requests that wait for a person",
      sizes: [1, 100, 10_000],
      add: [
        `INSERT INTO approvals (id, version, account_id, agent_id, permission_id, status, request_id, intent,
           fingerprint, require_different_approver, epoch, created_at, expires_at)
         SELECT 'apr_waiting_for_somebody' || n, 1, ?1, ?2, 'perm_waiting' || (n % 100), 'pending', 'req_waiting' || n,
           json_object('v', 1, 'agentId', ?2, 'permissionId', 'perm_waiting', 'action', 'deploy', 'amount', n),
           'f' || n, 0, 0, 1760000000000 + n, 4102444800000 FROM numbers`,
      ],
      ask: [gated, approvals],
    },
    {
      grows: "logs of the account",
      sizes: [1, 10_000, 100_000, 1_000_000],
      add: [
        `INSERT INTO decisions (agent_id, seq, account_id, request_id, created_at, hash, entry)
         SELECT ?2, 1000000000 + n, ?1, 'req_logged' || n, 1760000000000 + n, '', json_object(
           'v', 1, 'seq', 1000000000 + n, 'prev', '', 'requestId', 'req_logged' || n, 'at', '2026-10-23T00:00:00.000Z',
           'accountId', ?1, 'agentId', ?2, 'action', 'read', 'allowed', json('true'), 'approvalRequired', json('false'),
           'decision', 'allowed', 'reason', 'Action allowed by active permission.', 'reasonCode', 'allowed', 'risk', 'low')
         FROM numbers`,
      ],
      ask: [allowed, logs, oneKind],
    },
    {
      grows: "the agent's permissions for the same action",
      sizes: [1, 10, 100, 1000, 10_000],
      add: permission("'read'", "perm_same"),
      ask: [allowed],
    },
  ];
}
