import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ApprovalStatus } from "../../src/contract/approval.ts";
import type { Link } from "../../src/ledger/chain.ts";

export type StoredEvent = { id: string; type: string; data: Record<string, unknown>; isFannedOut: boolean };
export type StoredDelivery = { eventId: string; endpoint: string; state: string; attemptCount: number };
export type StoredApproval = { approvalId: string; agentId: string; status: ApprovalStatus; version: number };

/** One agent's ledger as its object has it. `taken` is the last entry that the slower of its drains took. */
export type StoredLedger = {
  agentId: string;
  checkpoint: { seq: number; hash: string };
  links: (Link & { eventId: string | null })[];
  taken: number;
};

/** What lies in the SQLite files of a state folder. */
export type StoredState = {
  ledgers: StoredLedger[];
  gates: { approvals: (StoredApproval & { copiedVersion: number })[]; outbox: number }[];
  copies: Map<string, Link[]>;
  approvals: Map<string, StoredApproval>;
  outbox: number;
  events: StoredEvent[];
  deliveries: StoredDelivery[];
  permissions: { permissionId: string; status: string }[];
};

type Query = <Row>(sql: string) => Row[];

/** Reads a state folder's databases from a copy, so that what is looked at is not touched. */
export function storedState(stateDir: string): StoredState {
  const folder = mkdtempSync(join(tmpdir(), "behalf-crash-copy-"));
  try {
    for (const part of ["d1", "do"])
      cpSync(join(stateDir, "data/v3", part), join(folder, part), {
        recursive: true,
        // Another process's shared memory says nothing about a copy.
        filter: (file) => !file.endsWith("-shm"),
      });
    const [d1] = databasesIn(join(folder, "d1/miniflare-D1DatabaseObject"), d1State);
    if (d1 === undefined) throw new Error(`There is no database in ${stateDir}.`);
    return {
      ...d1,
      ledgers: databasesIn(join(folder, "do/behalfid-Ledger"), ledger).filter(
        ({ agentId }) => agentId !== "",
      ),
      gates: databasesIn(join(folder, "do/behalfid-Gate"), gate),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Lets time pass for all that waits for it in a system that does not run. */
export function letTimePass(stateDir: string, ms: number): void {
  const folder = join(stateDir, "data/v3/d1/miniflare-D1DatabaseObject");
  for (const file of databaseFiles(folder)) {
    const db = new DatabaseSync(join(folder, file));
    db.exec(`
      UPDATE events SET created_at = created_at - ${ms};
      UPDATE deliveries SET next_attempt_at = next_attempt_at - ${ms}, queued_at = queued_at - ${ms},
        lease_until = lease_until - ${ms};`);
    db.close();
  }
}

function databaseFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
}

function databasesIn<T>(folder: string, read: (query: Query) => T): T[] {
  return databaseFiles(folder).flatMap((file) => {
    const db = new DatabaseSync(join(folder, file));
    const query: Query = <Row>(sql: string) => db.prepare(sql).all() as Row[];
    try {
      // An object that was killed as it began has a file and nothing in it.
      const isEmpty = query("SELECT 1 FROM sqlite_schema WHERE name NOT GLOB '_cf_*'").length === 0;
      return isEmpty ? [] : [read(query)];
    } finally {
      db.close();
    }
  });
}

function d1State(query: Query): Omit<StoredState, "ledgers" | "gates"> {
  const copies = new Map<string, Link[]>();
  for (const { agentId, ...link } of query<Link & { agentId: string }>(
    "SELECT agent_id AS agentId, seq, hash, entry FROM decisions ORDER BY agent_id, seq",
  ))
    copies.set(agentId, [...(copies.get(agentId) ?? []), link]);
  const approvals = query<StoredApproval>(
    "SELECT id AS approvalId, agent_id AS agentId, status, version FROM approvals",
  );
  return {
    copies,
    approvals: new Map(approvals.map((each) => [each.approvalId, each])),
    outbox: query("SELECT id FROM outbox").length,
    events: query<{ id: string; type: string; event: string; fannedOutAt: number | null }>(
      "SELECT id, type, event, fanned_out_at AS fannedOutAt FROM events",
    ).map(({ id, type, event, fannedOutAt }) => ({
      id,
      type,
      data: (JSON.parse(event) as { data: Record<string, unknown> }).data,
      isFannedOut: fannedOutAt !== null,
    })),
    deliveries: query<StoredDelivery>(
      `SELECT d.event_id AS eventId, w.url AS endpoint, d.state, d.attempt_count AS attemptCount
       FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id`,
    ).map((each) => ({ ...each, endpoint: new URL(each.endpoint).pathname.slice(1) })),
    permissions: query("SELECT id AS permissionId, status FROM permissions"),
  };
}

function ledger(query: Query): StoredLedger {
  const [owner] = query<{ agentId: string }>("SELECT agent_id AS agentId FROM owner");
  const [checkpoint] = query<{ seq: number; hash: string }>("SELECT seq, hash FROM checkpoint");
  const taken = new Map(
    query<{ destination: string; taken: number }>("SELECT destination, taken FROM drains").map((each) => [
      each.destination,
      each.taken,
    ]),
  );
  return {
    agentId: owner?.agentId ?? "",
    checkpoint: checkpoint ?? { seq: 0, hash: "0".repeat(64) },
    links: query("SELECT seq, hash, entry, event_id AS eventId FROM entries ORDER BY seq"),
    taken: Math.min(...["copies", "events"].map((destination) => taken.get(destination) ?? 0)),
  };
}

function gate(query: Query): StoredState["gates"][number] {
  const rows = query<{ state: string; copiedVersion: number }>(
    "SELECT state, copied_version AS copiedVersion FROM approvals",
  );
  return {
    approvals: rows.map(({ state, copiedVersion }) => {
      const { approvalId, status, version, intent } = JSON.parse(state) as StoredApproval & {
        intent: { agentId: string };
      };
      return { approvalId, status, version, copiedVersion, agentId: intent.agentId };
    }),
    outbox: query("SELECT seq FROM outbox").length,
  };
}
