import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { ledgerEntrySchema, type LedgerEntry } from "../contract/ledger-entry.ts";

/** The last entry of a chain, by number and hash. */
export type Head = { seq: number; hash: string };

/** An entry as it is kept and exported: its number, its hash, and the text that was hashed. */
export type Link = Head & { entry: string };

/** What an entry says, before its place in the chain is known. */
export type Draft = Omit<LedgerEntry, "v" | "seq" | "prev">;

export type LinkProblem = {
  problem: "missing" | "hash_mismatch" | "broken_link" | "copy_differs";
  detail: string;
};

/** What a ledger without entries ends with. */
export const genesis: Head = { seq: 0, hash: "0".repeat(64) };

// SQLite reads JSON down to 1,000 levels. An entry that goes deeper could never be copied for filtering, and
// all entries after it would wait behind it: an agent could hide its whole record that way.
const maxDepth = 128;

/** The next link after `head`. Throws on what cannot be kept, so that it is not answered either. */
export function appendTo(head: Head, draft: Draft): Link {
  if (draft.metadata !== undefined) requireShallow(draft.metadata);
  const seq = head.seq + 1;
  // In the order of RFC 8785 §3.2.3, so that the text can be written as it stands.
  const entry = {
    accountId: draft.accountId,
    action: draft.action,
    agentId: draft.agentId,
    allowed: draft.allowed,
    amount: draft.amount,
    approvalId: draft.approvalId,
    approvalRequired: draft.approvalRequired,
    argumentsHash: draft.argumentsHash,
    at: draft.at,
    decision: draft.decision,
    environment: draft.environment,
    metadata: draft.metadata,
    permissionId: draft.permissionId,
    prev: head.hash,
    reason: draft.reason,
    reasonCode: draft.reasonCode,
    replayOf: draft.replayOf,
    requestId: draft.requestId,
    risk: draft.risk,
    seq,
    v: 1,
    vendor: draft.vendor,
  } satisfies Record<keyof LedgerEntry, unknown>;
  const text = isPlain(entry) ? JSON.stringify(entry) : canonicalize(entry);
  if (text === undefined) throw new TypeError("An entry must be a JSON object.");
  return { seq, hash: hashOf(text), entry: text };
}

// RFC 8785 writes texts, numbers and truth values as JSON.stringify does. What that would write differently, or write
// although it cannot be kept, is left to canonicalize, which sorts it or throws.
function isPlain(entry: object): boolean {
  return Object.values(entry).every((value: unknown) => {
    if (typeof value === "string") return value.isWellFormed();
    if (typeof value === "number") return Number.isFinite(value);
    return typeof value === "boolean" || value === undefined;
  });
}

/** What is wrong with `link` as the one that follows `before`, or null. */
export function checkLink(before: Head, link: Link): LinkProblem | null {
  const expected = before.seq + 1;
  if (link.seq > expected) return { problem: "missing", detail: `Entry ${expected} is not there.` };
  if (link.seq < expected)
    return { problem: "copy_differs", detail: `Entry ${link.seq} stands where ${expected} belongs.` };
  const computed = hashOf(link.entry);
  if (computed !== link.hash)
    return {
      problem: "hash_mismatch",
      detail: `The entry's text hashes to ${computed}, not to ${link.hash}.`,
    };
  const entry = readEntry(link.entry);
  if (entry === undefined) return { problem: "copy_differs", detail: "The text is not a ledger entry." };
  if (entry.seq !== link.seq)
    return { problem: "copy_differs", detail: `The text is that of entry ${entry.seq}.` };
  if (entry.prev !== before.hash)
    return {
      problem: "broken_link",
      detail: `It was written after ${entry.prev}, but the entry before it hashes to ${before.hash}.`,
    };
  return null;
}

/** The entry that a text holds, or undefined when it holds none. */
export function readEntry(text: string): LedgerEntry | undefined {
  try {
    return ledgerEntrySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The entry in a text that `appendTo` wrote and nobody else could have. */
export function entryIn(text: string): LedgerEntry {
  return JSON.parse(text) as LedgerEntry;
}

/** SHA-256 in hex of a text in UTF-8. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function requireShallow(root: unknown): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw new RangeError(`An entry is nested at most ${maxDepth} levels deep.`);
    level = level.flatMap((value) =>
      value !== null && typeof value === "object" ? Object.values(value) : [],
    );
  }
}
