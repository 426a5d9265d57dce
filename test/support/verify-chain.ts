import { checkLink, genesis, type Head, type Link, type LinkProblem } from "../../src/ledger/chain.ts";

export type ChainCheck = { entries: number; head: Head } & (
  { ok: true } | { ok: false; firstWrong: { seq: number } & LinkProblem }
);

/**
 * Checks a ledger's links in their order, from the one that follows `checkpoint`, and names the first that is
 * wrong. It cannot know whether links are missing at the end: compare `head` with what the ledger says.
 */
export function verifyChain(links: Iterable<Link>, checkpoint: Head = genesis): ChainCheck {
  let head = checkpoint;
  let entries = 0;
  for (const link of links) {
    const wrong = checkLink(head, link);
    if (wrong !== null) {
      const seq = wrong.problem === "missing" ? head.seq + 1 : link.seq;
      return { ok: false, entries, head, firstWrong: { seq, ...wrong } };
    }
    head = { seq: link.seq, hash: link.hash };
    entries += 1;
  }
  return { ok: true, entries, head };
}
