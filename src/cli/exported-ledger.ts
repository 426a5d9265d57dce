import * as z from "zod";
import { logItemSchema, type LogItem } from "../contract/log.ts";
import type { LedgerEntry } from "../contract/ledger-entry.ts";
import { checkLink, genesis, readEntry, type Head, type Link, type LinkProblem } from "../ledger/chain.ts";

const lineSchema = z.object({ ...logItemSchema.shape, entry: z.string() });
type Line = z.infer<typeof lineSchema>;

export type WrongEntry = { seq: number | null; line: number; problem: string; detail: string };

/** What a file says about one agent's ledger. */
export type CheckedLedger = {
  agentId: string;
  entries: number;
  first: Head;
  head: Head;
  firstWrong: WrongEntry | null;
};

type Walk = {
  agentId: string;
  entries: number;
  lowest: Link;
  highest: Link;
  last: Link;
  wrong: WrongEntry | undefined;
};

export type CheckedExport = {
  ledgers: CheckedLedger[];
  /** Whether an entry is there that was noted before; true when none was. */
  hasNoted: boolean;
};

/**
 * Checks a ledger's export, line by line as it arrives, in either order and with any number of agents in it. Kept in
 * memory is one entry for each agent, so that a ledger of a million entries takes no more than one of ten.
 *
 * `after` is the entry that the file begins behind, where it does not begin at the first one. That entries are missing
 * at the newest end cannot be seen from a file alone, only by an entry that was `noted` elsewhere.
 */
export async function checkExport(
  lines: AsyncIterable<string>,
  { after = genesis, noted }: { after?: Head | undefined; noted?: Head | undefined } = {},
): Promise<CheckedExport> {
  const walks = new Map<string, Walk>();
  let hasNoted = noted === undefined;
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === "") continue;
    const line = lineSchema.safeParse(valueOf(text)).data;
    if (line === undefined) {
      const wrong = {
        seq: null,
        line: number,
        problem: "not_an_entry",
        detail: "The line is no exported entry.",
      };
      const unread = { agentId: "", entries: 0, first: genesis, head: genesis, firstWrong: wrong };
      return { ledgers: [...finished(walks, after), unread], hasNoted };
    }
    if (line.seq === noted?.seq && line.hash === noted.hash) hasNoted = true;
    step(walks, line, number);
  }
  return { ledgers: finished(walks, after), hasNoted };
}

function step(walks: Map<string, Walk>, line: Line, number: number): void {
  const link: Link = { seq: line.seq, hash: line.hash, entry: line.entry };
  const walk = walks.get(line.agentId);
  const own = differenceInside(line);
  if (walk === undefined) {
    const wrong = own === null ? undefined : wrongEntry(link.seq, number, own);
    walks.set(line.agentId, {
      agentId: line.agentId,
      entries: 1,
      lowest: link,
      highest: link,
      last: link,
      wrong,
    });
    return;
  }
  // An export is newest first; one that was turned around is as good.
  const [before, later] = link.seq < walk.last.seq ? [link, walk.last] : [walk.last, link];
  const problem = checkLink(before, later);
  if (own !== null) note(walk, wrongEntry(link.seq, number, own));
  if (problem !== null)
    note(walk, wrongEntry(problem.problem === "missing" ? before.seq + 1 : later.seq, number, problem));
  walk.entries += 1;
  if (link.seq < walk.lowest.seq) walk.lowest = link;
  if (link.seq > walk.highest.seq) walk.highest = link;
  walk.last = link;
}

function finished(walks: ReadonlyMap<string, Walk>, after: Head): CheckedLedger[] {
  return [...walks.values()].map((walk) => {
    const { agentId, entries, lowest, highest } = walk;
    const problem = checkLink(after, lowest);
    if (problem !== null)
      note(walk, wrongEntry(problem.problem === "missing" ? after.seq + 1 : lowest.seq, 0, problem));
    const head = { seq: highest.seq, hash: highest.hash };
    return {
      agentId,
      entries,
      first: { seq: lowest.seq, hash: lowest.hash },
      head,
      firstWrong: walk.wrong ?? null,
    };
  });
}

// The one with the lowest number is the first that is wrong, in whichever order they came.
function note(walk: Walk, wrong: WrongEntry): void {
  if (walk.wrong === undefined || (wrong.seq ?? 0) < (walk.wrong.seq ?? 0)) walk.wrong = wrong;
}

function wrongEntry(seq: number, line: number, { problem, detail }: LinkProblem): WrongEntry {
  return { seq, line, problem, detail };
}

// What a person reads on the line must be what was hashed: a line whose words were changed around a whole entry would
// pass for the record.
function differenceInside(line: Line): LinkProblem | null {
  const entry = readEntry(line.entry);
  if (entry === undefined) return { problem: "copy_differs", detail: "The text is not a ledger entry." };
  const names = Object.keys(shown) as (keyof typeof shown)[];
  const different = names.find((name) => line[name] !== shown[name](entry));
  if (different === undefined) return null;
  return { problem: "copy_differs", detail: `${different} on the line is not what the entry says.` };
}

const shown = {
  requestId: (entry) => entry.requestId,
  agentId: (entry) => entry.agentId,
  permissionId: (entry) => entry.permissionId ?? null,
  action: (entry) => entry.action,
  vendor: (entry) => entry.vendor ?? null,
  amount: (entry) => entry.amount ?? null,
  environment: (entry) => entry.environment ?? null,
  allowed: (entry) => entry.allowed,
  approvalRequired: (entry) => entry.approvalRequired,
  approvalId: (entry) => entry.approvalId ?? null,
  decision: (entry) => entry.decision,
  reason: (entry) => entry.reason,
  reasonCode: (entry) => entry.reasonCode,
  risk: (entry) => entry.risk,
  createdAt: (entry) => entry.at,
  replayed: (entry) => entry.replayOf !== undefined,
} satisfies { [Name in keyof LogItem]?: (entry: LedgerEntry) => LogItem[Name] };

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
