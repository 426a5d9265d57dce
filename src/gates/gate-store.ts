import type { Event } from "../contract/event.ts";
import type { ApprovalId } from "../contract/ids.ts";
import type { GateIdentity } from "./approval-event.ts";
import { dueAt, type ApprovalState, type Standing } from "./transition.ts";

/** What a gate knows of itself. Nobody has asked it yet as long as it has no identity. */
export type GateRecord = {
  identity: GateIdentity | undefined;
  appUrl: string;
  standing: Standing;
};

const keptMs = {
  // Denials are remembered for 7 days at most; a replay of a spend is answered for 2 minutes.
  newestForItsIntent: 8 * 24 * 3_600_000,
  older: 3_600_000,
};

const tables = `
  CREATE TABLE IF NOT EXISTS approvals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    status TEXT NOT NULL,
    due_at INTEGER,
    attempt TEXT,
    version INTEGER NOT NULL,
    copied_version INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL,
    state TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS approvals_by_intent ON approvals (fingerprint, seq);
  CREATE INDEX IF NOT EXISTS approvals_open ON approvals (due_at, status) WHERE due_at IS NOT NULL;
  CREATE INDEX IF NOT EXISTS approvals_to_copy ON approvals (seq) WHERE copied_version < version;
  CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL);
`;

type StateRow = { state: string };

/** The rows of one gate. Everything here is synchronous: a transition reads and writes without a gap. */
export class GateStore {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(tables);
  }

  gate(): GateRecord {
    return (
      this.#storage.kv.get<GateRecord>("gate") ?? {
        identity: undefined,
        appUrl: "",
        standing: { permissionEnded: false, epoch: 0 },
      }
    );
  }

  saveGate(record: GateRecord): void {
    this.#storage.kv.put("gate", record);
  }

  approval(id: ApprovalId): ApprovalState | undefined {
    return this.#states("WHERE id = ?", id)[0];
  }

  newestFor(fingerprint: string): ApprovalState | undefined {
    return this.#states("WHERE fingerprint = ? ORDER BY seq DESC LIMIT 1", fingerprint)[0];
  }

  usedBy(attempt: string | undefined, fingerprint: string): ApprovalState | undefined {
    if (attempt === undefined) return undefined;
    const where = "WHERE fingerprint = ? AND status = 'used' AND attempt = ? ORDER BY seq DESC LIMIT 1";
    return this.#states(where, fingerprint, attempt)[0];
  }

  /** Every approval that can still change, the one that is due first in front. */
  open(): ApprovalState[] {
    return this.#states("WHERE due_at IS NOT NULL ORDER BY due_at, seq");
  }

  due(now: number): ApprovalState[] {
    return this.#states("WHERE due_at <= ? ORDER BY due_at, seq", now);
  }

  nextDue(): number | null {
    const row = this.#storage.sql
      .exec<{ next: number | null }>("SELECT min(due_at) AS next FROM approvals WHERE due_at IS NOT NULL")
      .one();
    return row.next;
  }

  pendingCount(): number {
    return this.#storage.sql
      .exec<{
        count: number;
      }>("SELECT count(*) AS count FROM approvals WHERE due_at IS NOT NULL AND status = 'pending'")
      .one().count;
  }

  save(approval: ApprovalState, now: number): void {
    this.#storage.sql.exec(
      `INSERT INTO approvals (id, fingerprint, status, due_at, attempt, version, changed_at, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, due_at = excluded.due_at,
          attempt = excluded.attempt, version = excluded.version, changed_at = excluded.changed_at,
          state = excluded.state`,
      approval.approvalId,
      approval.fingerprint,
      approval.status,
      dueAt(approval),
      approval.usedByAttempt,
      approval.version,
      now,
      JSON.stringify(approval),
    );
  }

  /** Whether D1 has had any copy of it. */
  isListed(id: ApprovalId): boolean {
    const copied = "SELECT id FROM approvals WHERE id = ? AND copied_version > 0";
    return this.#storage.sql.exec(copied, id).toArray().length > 0;
  }

  /** Approvals that have changed since D1 took a copy of them. */
  uncopied(limit: number): ApprovalState[] {
    return this.#states("WHERE copied_version < version ORDER BY seq LIMIT ?", limit);
  }

  markCopied(approvals: readonly ApprovalState[]): void {
    this.#storage.transactionSync(() => {
      for (const { approvalId, version } of approvals) {
        const mark = "UPDATE approvals SET copied_version = max(copied_version, ?) WHERE id = ?";
        this.#storage.sql.exec(mark, version, approvalId);
      }
    });
  }

  addEvent(event: Event): void {
    this.#storage.sql.exec("INSERT INTO outbox (event) VALUES (?)", JSON.stringify(event));
  }

  /** The oldest events that the queue has not taken, as JSON. */
  unsent(limit: number): { seq: number; event: string }[] {
    const oldest = "SELECT seq, event FROM outbox ORDER BY seq LIMIT ?";
    return this.#storage.sql.exec<{ seq: number; event: string }>(oldest, limit).toArray();
  }

  markSent(upToSeq: number): void {
    this.#storage.sql.exec("DELETE FROM outbox WHERE seq <= ?", upToSeq);
  }

  hasOutbox(): boolean {
    return this.uncopied(1).length > 0 || this.unsent(1).length > 0;
  }

  /** How many drains in a row have failed. */
  failures(): number {
    return this.#storage.kv.get<number>("failures") ?? 0;
  }

  saveFailures(count: number): void {
    if (count === 0) this.#storage.kv.delete("failures");
    else this.#storage.kv.put("failures", count);
  }

  /** Lets go of what is over, is in D1 and can no longer bear on an answer. */
  prune(now: number): void {
    this.#storage.sql.exec(
      `DELETE FROM approvals
        WHERE due_at IS NULL AND copied_version = version AND (changed_at <= ?1
          OR (changed_at <= ?2 AND EXISTS (
            SELECT 1 FROM approvals newer
              WHERE newer.fingerprint = approvals.fingerprint AND newer.seq > approvals.seq)))`,
      now - keptMs.newestForItsIntent,
      now - keptMs.older,
    );
  }

  #states(where: string, ...bindings: (string | number)[]): ApprovalState[] {
    return this.#storage.sql
      .exec<StateRow>(`SELECT state FROM approvals ${where}`, ...bindings)
      .toArray()
      .map(({ state }) => JSON.parse(state) as ApprovalState);
  }
}
