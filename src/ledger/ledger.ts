import { DurableObject } from "cloudflare:workers";
import type { AccountId, AgentId, ApprovalId, PermissionId, RequestId } from "../contract/ids.ts";
import type { DecisionKind } from "../contract/log.ts";
import type { DecisionPacket } from "../contract/verify.ts";
import { newId } from "../crypto/ids.ts";
import { redact, redactIn } from "../crypto/redact.ts";
import { copyDecisions } from "../db/decisions.ts";
import { publishEvents } from "../db/events.ts";
import { entryIn, type Draft, type Head, type Link } from "./chain.ts";
import { Claims } from "./claims.ts";
import { DecisionTeller } from "./decision-teller.ts";
import { Drain, retryDelayMs } from "./drain.ts";
import { eventOf } from "./events.ts";
import { destinations, Journal, type Destination, type Owner } from "./journal.ts";
import { Pace } from "./pace.ts";
import { verdictOnRetry, type AllowedNow, type RetryVerdict } from "./retry.ts";

export type Idempotency = { key: string; bodyHash: string };

/** What is recorded of a request beside its answer. `now` is the request's one reading of the clock. */
export type RecordContext = {
  requestId: RequestId;
  accountId: AccountId;
  agentId: AgentId;
  action: string;
  vendor?: string | undefined;
  amount?: number | undefined;
  environment?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  argumentsHash?: string | undefined;
  /** The agent's epoch in the facts that the request was decided on. */
  epoch: number;
  idempotency?: Idempotency | undefined;
  now: number;
};
/** `approvalId` is that of the grant which was spent, when the packet does not carry one. */
export type RecordInput = RecordContext & { packet: DecisionPacket; approvalId?: ApprovalId | undefined };
export type RecallInput = RecordContext & { permissionId: PermissionId };

type Replayed = { kind: "replayed"; packet: DecisionPacket };
/** Nothing was put on record: the key has another answer, or there were too many. */
export type LedgerRefusal = { kind: "conflict" } | { kind: "limited"; retryAfterMs: number };
/** The entry's number where there is one. Bare, because an object would make the call a third dearer. */
export type RecordOutcome = number | Replayed | LedgerRefusal;
export type RecallOutcome = { kind: "fresh" } | Replayed | LedgerRefusal;

export type LedgerState = { owner: Owner | null; head: Head; checkpoint: Head };

// How long after an append the alarm looks whether the drains that it started came to their end.
const watchMs = 10_000;
const maxLinks = 2000;
const copyRows = 500;
const eventsAtOnce = 100;
// How long the entries of an agent that is gone are kept: as long as D1 can be taken back to a time when it was there.
const goneMs = 30 * 24 * 3_600_000;
// D1 takes 2 MB in one value, and JSON inside JSON in UTF-8 can be four times as long as the text.
const copyCharacters = 400_000;

/**
 * One agent's ledger: every decision, numbered and chained before its answer leaves. Answers wait for the
 * object's writes to be durable (its output gate), so what was answered is on record.
 */
export class Ledger extends DurableObject<Env> {
  readonly #journal: Journal;
  readonly #drains: Record<Destination, Drain>;
  readonly #pace = new Pace();
  readonly #claims = new Claims();
  readonly #teller = new DecisionTeller();
  #alarmAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#journal = new Journal(ctx.storage);
    this.#drains = {
      copies: new Drain(
        () => this.#journal.drain("copies").taken,
        () => this.#copyRound(),
      ),
      events: new Drain(
        () => this.#journal.drain("events").taken,
        () => this.#sendRound(),
      ),
    };
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarmAt = await ctx.storage.getAlarm();
    });
  }

  /** Puts a decision on record, or gives a retry the answer that its key already has. */
  async record(input: RecordInput): Promise<RecordOutcome> {
    // What a person allowed is not held up: each of those was approved by hand, and its grant is spent by now.
    const retryAfterMs = input.packet.reasonCode === "allowed_by_grant" ? 0 : this.#pace.wait(input.now);
    if (retryAfterMs > 0) return { kind: "limited", retryAfterMs };
    // INVARIANT: no await from reading the head and the key to writing the entry; two callers would take the
    // same number, or both be first.
    // A plain append is one row and whole by itself; with a key its answer belongs to it.
    const recordNow = () => this.#recordNow(input);
    const outcome = input.idempotency === undefined ? recordNow() : this.#journal.atomically(recordNow);
    if (typeof outcome === "number" || outcome.kind === "replayed") await this.#drainSoon();
    return outcome;
  }

  /**
   * The answer that a retry of a request which needs approval already has, before the gate is asked again. An
   * allow is given again only if it came from a grant of the same permission in the same epoch, and that the request
   * waits only if it does for that permission in that epoch. A fresh request has
   * its key to itself from here on, so that another body does not open or spend anything for a conflict.
   */
  async recall(input: RecallInput): Promise<RecallOutcome> {
    const { permissionId, epoch } = input;
    const grant: AllowedNow = { reasonCode: "allowed_by_grant", permissionId, epoch };
    const outcome = this.#journal.atomically((): RecallOutcome => {
      this.#requireOwner(input);
      const verdict = this.#judge(input, grant);
      const { idempotency, now } = input;
      if (verdict.kind === "replay") {
        // Also of what a person allowed: once was by hand, the same again is not.
        const retryAfterMs = this.#pace.wait(now);
        return retryAfterMs > 0 ? { kind: "limited", retryAfterMs } : this.#replay(input, verdict.packet);
      }
      if (verdict.kind === "fresh" && idempotency !== undefined)
        this.#claims.claim(idempotency.key, idempotency.bodyHash, now);
      return { kind: verdict.kind };
    });
    if (outcome.kind === "replayed") await this.#drainSoon();
    return outcome;
  }

  /** The newest entries, newest first. 1,000 are always here, if so many were written. */
  newest(limit: number): Link[] {
    return this.#journal.newest(Math.min(limit, maxLinks));
  }

  /** The entries from number `seq` on that are still here, oldest first. */
  entriesFrom(seq: number, limit: number): Link[] {
    const links = this.#journal.after(seq - 1, Math.min(limit, maxLinks));
    return links.map(({ seq, hash, entry }) => ({ seq, hash, entry }));
  }

  head(): LedgerState {
    const owner = this.#journal.owner() ?? null;
    return { owner, head: this.#journal.head(), checkpoint: this.#journal.checkpoint() };
  }

  /** Takes everything on record to D1, so that a query there sees it. Throws when D1 does not take it. */
  async flush(): Promise<void> {
    await this.#drains.copies.upTo(this.#journal.head().seq);
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    const now = Date.now();
    const last = this.#journal.head().seq;
    const forgetAt = this.#journal.forgetAt();
    if (forgetAt !== null && forgetAt <= now) this.#journal.bringAgain();
    const due = destinations.filter((destination) => this.#journal.drain(destination).retryAt <= now);
    await Promise.all(due.map((destination) => this.#attempt(destination, (drain) => drain.upTo(last))));
    const left = destinations
      .map((destination) => this.#journal.drain(destination))
      .filter(({ taken }) => taken < this.#journal.head().seq);
    if (left.length > 0)
      await this.#wakeBy(
        Math.min(...left.map(({ failures, retryAt }) => (failures > 0 ? retryAt : now + watchMs))),
      );
    else if (forgetAt !== null && forgetAt > now) await this.#wakeBy(forgetAt);
  }

  #recordNow(input: RecordInput): RecordOutcome {
    this.#requireOwner(input);
    const { packet, epoch, idempotency } = input;
    const verdict = this.#judge(input, allowedBy(packet, epoch));
    switch (verdict.kind) {
      case "conflict":
        return { kind: "conflict" };
      case "replay":
        return this.#replay(input, verdict.packet);
      case "fresh": {
        const head = this.#journal.append(draftOf(input, packet), newId("event"));
        if (idempotency !== undefined) {
          const { key, bodyHash } = idempotency;
          this.#journal.remember(key, head.seq, { bodyHash, packet, epoch, at: verdict.keyUsedAt });
        }
        return head.seq;
      }
    }
  }

  // An entry of its own, because the agent was told again that it may act; no event, because that one was sent.
  #replay(context: RecordContext, packet: DecisionPacket): Replayed {
    this.#journal.append({ ...draftOf(context, packet), replayOf: packet.requestId }, null);
    return { kind: "replayed", packet: { ...packet, replayed: true } };
  }

  #judge({ idempotency, now }: RecordContext, allowedNow: AllowedNow): RetryVerdict {
    if (idempotency === undefined) return { kind: "fresh", keyUsedAt: now };
    const { key, bodyHash } = idempotency;
    if (!this.#claims.isOpenTo(key, bodyHash, now)) return { kind: "conflict" };
    return verdictOnRetry(this.#journal.answerTo(key), bodyHash, allowedNow, now);
  }

  // One agent's decisions must not be chained into another's record, whatever a caller mixes up.
  #requireOwner({ accountId, agentId }: Owner): void {
    const owner = this.#journal.owner();
    if (owner === undefined) {
      if (!this.env.LEDGER.idFromName(agentId).equals(this.ctx.id))
        throw new Error("This ledger is not the agent's.");
      this.#journal.claim({ accountId, agentId });
    } else if (owner.accountId !== accountId || owner.agentId !== agentId) {
      throw new Error("This ledger belongs to another agent.");
    }
  }

  async #drainSoon(): Promise<void> {
    // Events follow the copies, which tell whether anyone wants them; they do not wait for copies that fail.
    if (!this.#start("copies") && !this.#drains.copies.isRunning) this.#start("events");
    await this.#wakeBy(Date.now() + watchMs);
  }

  // A destination that failed is left to the alarm; under load every append would try it otherwise.
  #start(destination: Destination): boolean {
    if (this.#drains[destination].isRunning || this.#journal.drain(destination).failures > 0) return false;
    this.ctx.waitUntil(this.#attempt(destination, (drain) => drain.run(() => this.#journal.head().seq)));
    return true;
  }

  async #attempt(destination: Destination, work: (drain: Drain) => Promise<void>): Promise<void> {
    try {
      await work(this.#drains[destination]);
    } catch (error) {
      const { taken, failures } = this.#journal.drain(destination);
      const retryAt = Date.now() + retryDelayMs(failures + 1, Math.random());
      this.#journal.setDrain(destination, { taken, failures: failures + 1, retryAt });
      // eslint-disable-next-line no-console -- Nobody waits for a drain: this is the only word of its failure.
      console.error(
        `A ledger's ${destination} were not taken, retry ${failures + 1} follows: ${String(error)}`,
      );
      await this.#wakeBy(retryAt);
      if (destination === "copies") this.#start("events");
    }
  }

  async #wakeBy(time: number): Promise<void> {
    if (this.#alarmAt !== null && this.#alarmAt <= time) return;
    this.#alarmAt = time;
    await this.ctx.storage.setAlarm(time);
  }

  async #copyRound(): Promise<void> {
    const owner = this.#journal.owner();
    const { taken } = this.#journal.drain("copies");
    const links = this.#journal.after(taken, copyRows, copyCharacters);
    const last = links.at(-1);
    if (owner === undefined || last === undefined) return;
    const copied = await copyDecisions(this.env.DB, owner, links);
    if (copied === null) return this.#rest(Date.now());
    const { isPredecessorThere, audience } = copied;
    // What was taken once can be gone, after a restore for instance. Then all that is still here goes again.
    const oldest = this.#journal.checkpoint().seq;
    const isHole = !isPredecessorThere && taken > oldest;
    this.#journal.setDrain("copies", { taken: isHole ? oldest : last.seq, failures: 0, retryAt: 0 });
    const now = Date.now();
    if (audience.hasEndpoints || audience.listenedUntil > now) this.#start("events");
    else this.#passOver(links);
    this.#journal.prune(now);
    // Nothing waits for the feed, and nothing depends on it.
    if (audience.watchedUntil > now)
      this.ctx.waitUntil(this.#teller.tell(this.env, owner.accountId, links, audience.agentName));
  }

  // The agent is gone from D1, and with it those who may read its record. What was deleted is to be forgotten, but
  // not for a mistake that can still be undone: it is kept and looked for once more.
  async #rest(now: number): Promise<void> {
    const forgetAt = this.#journal.forgetAt();
    if (forgetAt !== null && forgetAt <= now) return this.#journal.forget();
    this.#journal.rest(now + goneMs);
    this.#start("events");
    await this.#wakeBy(now + goneMs);
  }

  // INVARIANT: D1 said that nobody wants events after all of these had happened, so whoever comes later is owed
  // none of them. Those before them are another matter: somebody may have been there when they happened.
  #passOver(links: readonly Link[]): void {
    const [first, last] = [links[0], links.at(-1)];
    const { taken } = this.#journal.drain("events");
    if (first === undefined || last === undefined || taken >= last.seq) return;
    if (taken >= first.seq - 1)
      this.#journal.setDrain("events", { taken: last.seq, failures: 0, retryAt: 0 });
    else this.#start("events");
  }

  async #sendRound(): Promise<void> {
    const { taken } = this.#journal.drain("events");
    const links = this.#journal.after(taken, eventsAtOnce);
    const events = links.flatMap(({ entry, eventId }) =>
      eventId === null ? [] : [eventOf(entryIn(entry), eventId)],
    );
    await publishEvents(this.env, events);
    const last = links.at(-1)?.seq ?? taken;
    // What was passed over meanwhile stays so.
    const furthest = Math.max(last, this.#journal.drain("events").taken);
    this.#journal.setDrain("events", { taken: furthest, failures: 0, retryAt: 0 });
    this.#journal.prune(Date.now());
  }
}

// What was told to wait for a person is allowed by a grant where another try of it has spent one meanwhile: both are
// the same request, and both get the same answer.
function allowedBy(packet: DecisionPacket, epoch: number): AllowedNow {
  if (packet.allowed) return { ...packet, epoch, hasSpent: packet.reasonCode === "allowed_by_grant" };
  if (packet.approvalRequired)
    return { reasonCode: "allowed_by_grant", permissionId: packet.permissionId, epoch };
  const { reasonCode, permissionId } = packet;
  if (reasonCode !== "approval_denied" || permissionId === undefined) return null;
  return { reasonCode, permissionId, epoch };
}

// The agent chooses these texts, and a credential that strays into one would stand in every log for as long as logs are
// kept. What is decided and what an approval is bound to is not this copy of them.
function draftOf(
  context: RecordContext & { approvalId?: ApprovalId | undefined },
  packet: DecisionPacket,
): Draft {
  return {
    requestId: context.requestId,
    at: new Date(context.now).toISOString(),
    accountId: context.accountId,
    agentId: context.agentId,
    permissionId: packet.permissionId,
    action: redact(context.action),
    vendor: context.vendor && redact(context.vendor),
    amount: context.amount,
    environment: context.environment && redact(context.environment),
    argumentsHash: context.argumentsHash,
    allowed: packet.allowed,
    approvalRequired: packet.approvalRequired,
    approvalId: packet.approvalRequired ? packet.approvalId : context.approvalId,
    decision: decisionOf(packet),
    reason: packet.reason,
    reasonCode: packet.reasonCode,
    risk: packet.risk,
    metadata: context.metadata && redactIn(context.metadata),
  };
}

function decisionOf(packet: DecisionPacket): DecisionKind {
  if (packet.allowed) return "allowed";
  return packet.approvalRequired ? "approval_required" : "denied";
}
