import type { ApprovalStatus } from "../../src/contract/approval.ts";
import type { LedgerEntry } from "../../src/contract/ledger-entry.ts";
import type { Taken } from "./recording-receiver.ts";
import type { StoredState } from "./stored-state.ts";
import type { Told } from "./traffic.ts";
import { verifyChain } from "../support/verify-chain.ts";

/** Everything that there is to compare when all has come to rest. */
export type Evidence = {
  stored: StoredState;
  told: Told;
  taken: readonly Taken[];
  endpoints: readonly string[];
  /** What the database had on record as delivered when the system died, and in which of its lives that was. */
  deliveredBefore: ReadonlyMap<string, number>;
};

export type Finding = { promise: string; looked: number; breaches: string[] };

export const deliveryName = (endpoint: string, eventId: string) => `${endpoint} ${eventId}`;

/** Whether nothing waits any more for a drain, for the queue or for an endpoint. */
export function isAtRest({ ledgers, gates, outbox, events, deliveries }: StoredState): boolean {
  return (
    outbox === 0 &&
    ledgers.every(({ links, taken }) => taken === (links.at(-1)?.seq ?? 0)) &&
    gates.every(
      (gate) => gate.outbox === 0 && gate.approvals.every((each) => each.copiedVersion === each.version),
    ) &&
    events.every(({ isFannedOut }) => isFannedOut) &&
    deliveries.every(({ state }) => state === "delivered")
  );
}

/** What the promises say, held against what clients were told, what is stored, and what receivers got. */
export function audit(evidence: Evidence): Finding[] {
  const { stored, told } = evidence;
  const entries = [...stored.copies.values()].flat().map(({ entry }) => JSON.parse(entry) as LedgerEntry);
  const fresh = entries.filter(({ replayOf }) => replayOf === undefined);
  return [
    { promise: "clients were told nothing else", looked: told.packets.length, breaches: told.breaches },
    grantsSpentOnce(evidence, fresh),
    allowsOnRecord(evidence, fresh),
    chainsWhole(stored),
    copiesComplete(stored),
    endsKept(evidence),
    eventsKept(evidence, fresh),
    eventsDelivered(evidence),
    nothingRepeated(evidence),
  ];
}

function grantsSpentOnce({ told, stored }: Evidence, fresh: readonly LedgerEntry[]): Finding {
  const breaches = told.spends.flatMap((allowed) =>
    allowed === 1 ? [] : [`An approved intent was allowed ${allowed} times for its two tries.`],
  );
  const used = new Set(
    stored.gates.flatMap(({ approvals }) =>
      approvals.flatMap(({ status, approvalId }) => (status === "used" ? [approvalId] : [])),
    ),
  );
  const spends = fresh.filter(({ reasonCode }) => reasonCode === "allowed_by_grant");
  const seen = new Set<string>();
  for (const { approvalId = "", requestId } of spends) {
    if (seen.has(approvalId)) breaches.push(`${requestId} spent ${approvalId} again.`);
    if (!used.has(approvalId))
      breaches.push(`${requestId} spent ${approvalId}, which its gate has not as used.`);
    seen.add(approvalId);
  }
  return { promise: "a grant is spent once", looked: told.spends.length + spends.length, breaches };
}

function allowsOnRecord({ told }: Evidence, fresh: readonly LedgerEntry[]): Finding {
  const byRequest = new Map(fresh.map((entry) => [entry.requestId as string, entry]));
  const breaches = told.packets.flatMap(({ requestId, agentId, allowed, reasonCode }) => {
    const entry = byRequest.get(requestId);
    const isSame = entry?.agentId === agentId && entry.allowed === allowed && entry.reasonCode === reasonCode;
    return isSame ? [] : [`${requestId} was answered ${reasonCode}; on record is ${JSON.stringify(entry)}.`];
  });
  return { promise: "every answer is on record", looked: told.packets.length, breaches };
}

function chainsWhole({ ledgers, copies }: StoredState): Finding {
  const breaches = ledgers.flatMap(({ agentId, links, checkpoint }) => {
    const own = verifyChain(links, checkpoint);
    const copied = verifyChain(copies.get(agentId) ?? []);
    if (!own.ok) return [`${agentId}, its object: ${JSON.stringify(own.firstWrong)}`];
    if (!copied.ok) return [`${agentId}, its copies: ${JSON.stringify(copied.firstWrong)}`];
    return copied.head.hash === own.head.hash ? [] : [`${agentId}: the copies end with another entry.`];
  });
  return { promise: "the chain is whole", looked: ledgers.length, breaches };
}

function copiesComplete({ ledgers, copies, gates, approvals, outbox }: StoredState): Finding {
  const breaches = ledgers.flatMap(({ agentId, links, taken }) => {
    const last = links.at(-1)?.seq ?? 0;
    const copied = copies.get(agentId)?.length ?? 0;
    return copied === last && taken === last
      ? []
      : [`${agentId}: ${copied} of ${last} copied, ${taken} drained.`];
  });
  const owned = new Set<string>(ledgers.map(({ agentId }) => agentId));
  for (const agentId of copies.keys()) if (!owned.has(agentId)) breaches.push(`${agentId} has no ledger.`);
  const all = gates.flatMap((gate) => gate.approvals);
  for (const { approvalId, status, version } of all) {
    const copy = approvals.get(approvalId);
    if (copy?.version !== version || copy.status !== status)
      breaches.push(`${approvalId} is ${status} (${version}), its copy ${copy?.status} (${copy?.version}).`);
  }
  const waiting = outbox + gates.reduce((sum, gate) => sum + gate.outbox, 0);
  if (waiting > 0) breaches.push(`${waiting} events wait in outboxes.`);
  return { promise: "copies are complete", looked: ledgers.length + all.length, breaches };
}

function endsKept({ told, stored }: Evidence): Finding {
  const status = new Map(stored.permissions.map((each) => [each.permissionId, each.status]));
  const breaches = told.revoked.flatMap((id) =>
    status.get(id) === "revoked" ? [] : [`${id} is not revoked.`],
  );
  return { promise: "what was ended stays ended", looked: told.revoked.length, breaches };
}

const eventsOfApproval: Record<ApprovalStatus, readonly string[]> = {
  pending: ["requested"],
  approved: ["requested", "approved"],
  used: ["requested", "approved", "used"],
  denied: ["requested", "denied"],
  expired: ["requested", "expired"],
  void: ["requested"],
};

// One event for each thing that happened: a second under another id is one that no receiver can tell from news.
function eventsKept({ stored, told }: Evidence, fresh: readonly LedgerEntry[]): Finding {
  const counts = new Map<string, number>();
  for (const { type, data } of stored.events) {
    const about = type.startsWith("verification.")
      ? data["requestId"]
      : (data["approvalId"] ?? data["permissionId"] ?? data["agentId"]);
    const name = `${type} ${String(about)}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const expected = [
    ...fresh.map(({ decision, requestId }) => `verification.${decision} ${requestId}`),
    ...stored.gates.flatMap(({ approvals }) =>
      approvals.flatMap(({ approvalId, status }) =>
        eventsOfApproval[status].map((what) => `approval.${what} ${approvalId}`),
      ),
    ),
    ...told.agents.map((agentId) => `agent.created ${agentId}`),
    ...told.revoked.map((permissionId) => `permission.revoked ${permissionId}`),
  ];
  const breaches = expected.flatMap((name) => {
    const count = counts.get(name) ?? 0;
    return count === 1 ? [] : [`${name} has ${count} events.`];
  });
  return { promise: "every change has its event", looked: expected.length, breaches };
}

function eventsDelivered({ stored, taken, endpoints }: Evidence): Finding {
  const accepted = new Set(
    taken
      .filter(({ status }) => status === 200)
      .map(({ endpoint, eventId }) => deliveryName(endpoint, eventId)),
  );
  const known = new Set(stored.events.map(({ id }) => id));
  const states = new Map(
    stored.deliveries.map(({ endpoint, eventId, state }) => [deliveryName(endpoint, eventId), state]),
  );
  const breaches = stored.events.flatMap(({ id, type }) =>
    endpoints.flatMap((endpoint) => {
      const name = deliveryName(endpoint, id);
      if (!accepted.has(name)) return [`${endpoint} never took ${type} ${id}.`];
      return states.get(name) === "delivered" ? [] : [`${name} is ${states.get(name)} on record.`];
    }),
  );
  for (const { eventId } of taken)
    if (!known.has(eventId)) breaches.push(`${eventId} was sent and is on no record.`);
  return { promise: "no event is lost", looked: stored.events.length * endpoints.length, breaches };
}

/**
 * An endpoint that took an event does not get it again. The one exception is named by the contract, at least once: the
 * answer came to a process that died before it could write it down. Then the event comes again in a later life, under
 * the id that it had.
 */
function nothingRepeated({ taken, deliveredBefore }: Evidence): Finding {
  const acceptedIn = new Map<string, number>();
  const breaches = taken.flatMap(({ endpoint, eventId, status, life }) => {
    const name = deliveryName(endpoint, eventId);
    const before = acceptedIn.get(name);
    const recorded = deliveredBefore.get(name);
    if (status === 200) acceptedIn.set(name, life);
    if (before === life) return [`${name} was sent again to who had taken it.`];
    if (recorded !== undefined && recorded < life)
      return [`${name} was sent again although its delivery was on record.`];
    return [];
  });
  return { promise: "no event is repeated", looked: taken.length, breaches };
}

/** How often an event came again to who had taken it, because the answer had come to a process that died. */
export function repeatsOverCrashes(taken: readonly Taken[]): number {
  const names = taken
    .filter(({ status }) => status === 200)
    .map(({ endpoint, eventId }) => deliveryName(endpoint, eventId));
  return names.length - new Set(names).size;
}
