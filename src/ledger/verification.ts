import type { AccountId, AgentId } from "../contract/ids.ts";
import type { LedgerVerification } from "../contract/log.ts";
import { hasAgent } from "../db/agents.ts";
import { decisionCopies, lastCopy, type DecisionCopy } from "../db/decisions.ts";
import { checkLink, genesis, readEntry, type Head, type Link, type LinkProblem } from "./chain.ts";
import type { Ledger } from "./ledger.ts";

type Bindings = { DB: D1Database; LEDGER: DurableObjectNamespace<Ledger> };
type Wrong = NonNullable<LedgerVerification["firstWrong"]>;

// A Worker may ask D1 a thousand times in one request; these are the entries that it reads at a time.
const pageRows = 2000;

/**
 * Walks the copies of an agent's ledger from the first entry on and names the first that is wrong: missing,
 * changed, out of place, or other than the ledger itself has it. Undefined when the account has no such agent.
 * Throws when the ledger cannot bring its copies up to date.
 */
export async function verifyLedger(
  { DB: db, LEDGER: ledgers }: Bindings,
  accountId: AccountId,
  agentId: AgentId,
): Promise<LedgerVerification | undefined> {
  if (!(await hasAgent(db, accountId, agentId))) return undefined;
  const ledger = ledgers.getByName(agentId);
  await ledger.flush();
  const { head: end, checkpoint } = await ledger.head();

  let head = genesis;
  const answer = (firstWrong: Wrong | null): LedgerVerification => ({
    ok: firstWrong === null,
    agentId,
    entries: head.seq,
    head: end,
    firstWrong,
  });

  while (head.seq < end.seq) {
    const copies = await decisionCopies(db, agentId, positionBefore(head), pageRows);
    const own = await ownLinks(ledger, head, checkpoint, copies);
    for (const copy of copies) {
      if (head.seq === end.seq) break;
      const wrong =
        checkLink(head, copy) ??
        differenceInside(copy, accountId, agentId) ??
        differenceFromOwn(copy, own.get(copy.seq), checkpoint);
      if (wrong !== null) return answer(named(wrong, head, copy, own));
      head = { seq: copy.seq, hash: copy.hash };
    }
    if (copies.length < pageRows && head.seq < end.seq) {
      const missing = { problem: "missing", detail: `Entry ${head.seq + 1} is not there.` } as const;
      return answer(named(missing, head, undefined, own));
    }
  }
  if (head.hash !== end.hash) {
    const detail = `The ledger's last entry hashes to ${end.hash}.`;
    return answer({ seq: end.seq, requestId: null, problem: "head_mismatch", detail });
  }
  return answer(await entryBeyond(db, ledger, agentId, head));
}

type LedgerStub = DurableObjectStub<Ledger>;

// From the start, numbers below 1 are looked at too.
function positionBefore({ seq }: Head): number {
  return seq === 0 ? Number.MIN_SAFE_INTEGER : seq;
}

/** The entries that the ledger itself still has of those on a page of copies. */
async function ownLinks(
  ledger: LedgerStub,
  head: Head,
  checkpoint: Head,
  copies: readonly DecisionCopy[],
): Promise<Map<number, Link>> {
  const isAllGone = copies.length === pageRows && (copies.at(-1)?.seq ?? 0) <= checkpoint.seq;
  if (isAllGone) return new Map();
  const links = await ledger.entriesFrom(Math.max(head.seq, checkpoint.seq) + 1, pageRows);
  return new Map(links.map((link) => [link.seq, link]));
}

function differenceInside(copy: DecisionCopy, accountId: AccountId, agentId: AgentId): LinkProblem | null {
  const entry = readEntry(copy.entry);
  const differs = (what: string): LinkProblem => ({
    problem: "copy_differs",
    detail: `${what} is not what the entry says.`,
  });
  if (entry?.agentId !== agentId) return differs("The agent");
  if (entry.accountId !== accountId || copy.accountId !== accountId) return differs("The account");
  if (entry.requestId !== copy.requestId) return differs("The request id");
  if (Date.parse(entry.at) !== copy.createdAt) return differs("The time");
  return null;
}

function differenceFromOwn(copy: DecisionCopy, own: Link | undefined, checkpoint: Head): LinkProblem | null {
  if (own !== undefined && (own.hash !== copy.hash || own.entry !== copy.entry))
    return { problem: "copy_differs", detail: "The ledger itself has another entry under this number." };
  if (copy.seq === checkpoint.seq && copy.hash !== checkpoint.hash) {
    const detail = `The ledger remembers the hash ${checkpoint.hash}: this entry, or entries up to it, were rewritten.`;
    return { problem: "copy_differs", detail };
  }
  return null;
}

function named(
  { problem, detail }: LinkProblem,
  head: Head,
  copy: DecisionCopy | undefined,
  own: ReadonlyMap<number, Link>,
): Wrong {
  const seq = problem === "missing" || copy === undefined ? head.seq + 1 : copy.seq;
  const text = own.get(seq)?.entry ?? (seq === copy?.seq ? copy.entry : undefined);
  const requestId = (text !== undefined && readEntry(text)?.requestId) || null;
  return { seq, requestId, problem, detail };
}

// The copies first and the ledger after: what it appends meanwhile is then never taken for an invention.
async function entryBeyond(
  db: D1Database,
  ledger: LedgerStub,
  agentId: AgentId,
  head: Head,
): Promise<Wrong | null> {
  const last = await lastCopy(db, agentId, positionBefore(head));
  if (last === undefined) return null;
  const { head: now } = await ledger.head();
  if (last.seq >= 1 && last.seq <= now.seq) return null;
  const detail = `The ledger ends with entry ${now.seq} and never wrote this one.`;
  const requestId = readEntry(last.entry)?.requestId ?? null;
  return { seq: last.seq, requestId, problem: "head_mismatch", detail };
}
