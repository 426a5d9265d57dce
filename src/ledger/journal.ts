import type { AccountId, AgentId, EventId } from "../contract/ids.ts";
import { packetSchema } from "../contract/verify.ts";
import { appendTo, genesis, type Draft, type Head, type Link } from "./chain.ts";
import { keyMemoryMs, type Answer } from "./retry.ts";

/** What stays in the object however much D1 has taken. */
export const keptEntries = 1000;
// Entries and keys leave many at a time: one by one, each append would pay for a deletion.
const pruneChunk = 250;

export const destinations = ["copies", "events"] as const;
export type Destination = (typeof destinations)[number];

export type Owner = { accountId: AccountId; agentId: AgentId };
export type StoredLink = Link & { eventId: EventId | null };
/** `retryAt` without a failure: the agent was gone, and what is kept of it is forgotten then. */
export type DrainState = { taken: number; failures: number; retryAt: number };

/**
 * The ledger's tables inside its object. Everything here is synchronous: what a caller reads and writes
 * without an await between is one transaction, and nothing else comes in between.
 *
 * The outbox is the entries themselves and, for each destination, the number of the last one that it took:
 * an append is one row.
 */
export class Journal {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  // Only what was read: what is written may yet be rolled back. An owner never changes.
  #owner: Owner | undefined;
  // INVARIANT: what the tables say, or undefined. A write that fails later takes the object with it, and this too.
  #head: Head | undefined;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS owner (account_id TEXT NOT NULL, agent_id TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS entries (
        seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, entry TEXT NOT NULL, event_id TEXT);
      CREATE TABLE IF NOT EXISTS checkpoint (seq INTEGER NOT NULL, hash TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS answers (
        seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body_hash TEXT NOT NULL, packet TEXT NOT NULL,
        epoch INTEGER NOT NULL, at INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS drains (
        destination TEXT PRIMARY KEY, taken INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
        retry_at INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
    `);
  }

  /** All that `work` writes, or nothing of it when it throws. */
  atomically<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.#head = undefined;
      throw error;
    }
  }

  owner(): Owner | undefined {
    const select = "SELECT account_id AS accountId, agent_id AS agentId FROM owner";
    this.#owner ??= this.#sql.exec<Owner>(select).toArray()[0];
    return this.#owner;
  }

  claim({ accountId, agentId }: Owner): void {
    this.#sql.exec("INSERT INTO owner (account_id, agent_id) VALUES (?, ?)", accountId, agentId);
  }

  head(): Head {
    const last = "SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1";
    this.#head ??= this.#sql.exec<Head>(last).toArray()[0] ?? this.checkpoint();
    return this.#head;
  }

  /** The last entry that left the object. */
  checkpoint(): Head {
    return this.#sql.exec<Head>("SELECT seq, hash FROM checkpoint").toArray()[0] ?? genesis;
  }

  append(draft: Draft, eventId: EventId | null): Head {
    const { seq, hash, entry } = appendTo(this.head(), draft);
    const insert = "INSERT INTO entries (seq, hash, entry, event_id) VALUES (?, ?, ?, ?)";
    this.#sql.exec(insert, seq, hash, entry, eventId);
    this.#head = { seq, hash };
    return this.#head;
  }

  answerTo(key: string): Answer | undefined {
    const select = "SELECT body_hash AS bodyHash, packet, epoch, at FROM answers WHERE key = ?";
    const row = this.#sql
      .exec<{ bodyHash: string; packet: string; epoch: number; at: number }>(select, key)
      .toArray()[0];
    return row && { ...row, packet: packetSchema.parse(JSON.parse(row.packet)) };
  }

  /** Remembers what was answered under `key` by entry `seq`. An earlier answer gives way. */
  remember(key: string, seq: number, { bodyHash, packet, epoch, at }: Answer): void {
    const insert = `INSERT OR REPLACE INTO answers (seq, key, body_hash, packet, epoch, at)
      VALUES (?, ?, ?, ?, ?, ?)`;
    this.#sql.exec(insert, seq, key, bodyHash, JSON.stringify(packet), epoch, at);
  }

  newest(limit: number): Link[] {
    const select = "SELECT seq, hash, entry FROM entries ORDER BY seq DESC LIMIT ?";
    return this.#sql.exec<Link>(select, limit).toArray();
  }

  /** The entries after `seq`, as many as `limit` and `maxCharacters` of text let through, and at least one. */
  after(seq: number, limit: number, maxCharacters = Infinity): StoredLink[] {
    const select = `SELECT seq, hash, entry, event_id AS eventId FROM entries
      WHERE seq > ? ORDER BY seq LIMIT ?`;
    const links: StoredLink[] = [];
    let characters = 0;
    for (const link of this.#sql.exec<StoredLink>(select, seq, limit)) {
      characters += link.entry.length;
      if (links.length > 0 && characters > maxCharacters) break;
      links.push(link);
    }
    return links;
  }

  drain(destination: Destination): DrainState {
    const select = "SELECT taken, failures, retry_at AS retryAt FROM drains WHERE destination = ?";
    const none = { taken: 0, failures: 0, retryAt: 0 };
    return this.#sql.exec<DrainState>(select, destination).toArray()[0] ?? none;
  }

  setDrain(destination: Destination, { taken, failures, retryAt }: DrainState): void {
    const insert =
      "INSERT OR REPLACE INTO drains (destination, taken, failures, retry_at) VALUES (?, ?, ?, ?)";
    this.#sql.exec(insert, destination, taken, failures, retryAt);
  }

  /** When what is here is forgotten, because the agent was gone from D1. */
  forgetAt(): number | null {
    const { failures, retryAt } = this.drain("copies");
    return failures === 0 && retryAt > 0 ? retryAt : null;
  }

  /** Counts everything as copied until `forgetAt`. */
  rest(forgetAt: number): void {
    this.setDrain("copies", { taken: this.head().seq, failures: 0, retryAt: forgetAt });
  }

  /** What is here counts as not copied, so that D1 is asked about the agent again. */
  bringAgain(): void {
    this.setDrain("copies", { ...this.drain("copies"), taken: this.checkpoint().seq });
  }

  /** Lets go of everything that was decided. The place in the chain stays: no number is given twice. */
  forget(): void {
    const { seq, hash } = this.head();
    this.#sql.exec("DELETE FROM entries");
    this.#sql.exec("DELETE FROM answers");
    this.#sql.exec("DELETE FROM checkpoint");
    this.#sql.exec("INSERT INTO checkpoint (seq, hash) VALUES (?, ?)", seq, hash);
    for (const destination of destinations)
      this.setDrain(destination, { taken: seq, failures: 0, retryAt: 0 });
  }

  /** Lets go of what every destination has taken and of keys that are forgotten, when there is enough of it. */
  prune(now: number): void {
    // Counted as taken, and not in D1.
    if (this.forgetAt() !== null) return;
    const taken = Math.min(...destinations.map((destination) => this.drain(destination).taken));
    const last = Math.min(taken, this.head().seq - keptEntries);
    if (last - this.checkpoint().seq < pruneChunk) return;
    this.#sql.exec("DELETE FROM checkpoint");
    this.#sql.exec("INSERT INTO checkpoint (seq, hash) SELECT seq, hash FROM entries WHERE seq = ?", last);
    this.#sql.exec("DELETE FROM entries WHERE seq <= ?", last);
    this.#sql.exec(
      `DELETE FROM answers WHERE at <= ?1 AND seq IN (SELECT seq FROM answers ORDER BY seq LIMIT ?2)`,
      now - keyMemoryMs,
      2 * pruneChunk,
    );
  }
}
