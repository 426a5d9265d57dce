import fc from "fast-check";
import { expect, it } from "vitest";
import { grantMs } from "../../src/contract/approval.ts";
import { replayWindowMs } from "../../src/contract/verify.ts";
import { newId } from "../../src/crypto/ids.ts";
import {
  type ApprovalState,
  ask,
  isOpen,
  type Known,
  learn,
  type Question,
  review,
  settle,
  type Standing,
} from "../../src/gates/transition.ts";

const now = 1_800_000_000_000;
const memory = 30 * 60_000;
const day = 24 * 3_600_000;
const standing: Standing = { permissionEnded: false, epoch: 0 };

type Deed =
  | { do: "ask"; intent: number; attempt: number; staleness: number }
  | { do: "review"; which: number; verdict: "approve" | "deny" }
  | { do: "disable" }
  | { do: "end" }
  | { do: "wait"; ms: number };

const anyDeed = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      intent: fc.nat(1),
      attempt: fc.nat(2),
      staleness: fc.constantFrom(0, 0, 0, 0, 1),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant("review" as const),
      which: fc.nat(2),
      verdict: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "deny" as const),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1, replayWindowMs, memory - 1, grantMs - 1, grantMs, day),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: "disable" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "end" as const }) },
);
const deeds = fc.array(anyDeed, { minLength: 30, maxLength: 60 });

/** Plays a history on a gate that keeps everything, and gives every promise that was broken. */
function play(history: readonly Deed[]) {
  const breaches: string[] = [];
  const promise = (isKept: boolean, what: string) => {
    if (!isKept) breaches.push(what);
  };
  const kept = new Map<string, ApprovalState>();
  const uses = new Map<string, number>();
  let replays = 0;
  let at = now;
  let told = standing;
  let truth = 0;

  const keep = (changes: readonly ApprovalState[]) => {
    for (const approval of changes) {
      const before = kept.get(approval.approvalId);
      promise(approval.version === (before?.version ?? 0) + 1, "every change raises the version by one");
      promise(before === undefined || isOpen(before), "what is over does not change");
      kept.set(approval.approvalId, approval);
    }
  };
  const hear = (news: Partial<Standing>) => {
    told = learn(told, news);
    for (const old of kept.values()) {
      const settled = settle(old, told, at);
      if (settled !== old) keep([settled]);
    }
  };

  const reviewOne = ({ which, verdict }: Deed & { do: "review" }) => {
    hear({ epoch: truth });
    const approval = [...kept.values()].at(-1 - which);
    if (approval === undefined) return;
    const reviewed = review(approval, told, { verdict, userId: "user_owner" }, at);
    if (reviewed.approval !== approval) keep([reviewed.approval]);
    if (reviewed.answer.kind !== "approved") return;
    promise(approval.status === "pending" && approval.expiresAt > at, "only what waits is approved");
    promise(!told.permissionEnded && approval.epoch === told.epoch, "nothing is approved after its end");
  };

  const askOne = ({ intent, attempt: number, staleness }: Deed & { do: "ask" }) => {
    const fingerprint = `f${intent}`;
    const attempt = number === 0 ? undefined : `a${number}`;
    const epoch = Math.max(0, truth - staleness);
    const mustEnd = told.permissionEnded || epoch < told.epoch;
    hear({ epoch });
    const same = [...kept.values()].filter((approval) => approval.fingerprint === fingerprint);
    const known: Known = {
      standing: told,
      newest: same.at(-1),
      usedByAttempt: same.findLast(({ usedByAttempt }) => usedByAttempt === attempt),
      pending: same.filter(({ status }) => status === "pending").length,
    };
    const question: Question = {
      requestId: "req_any",
      intent: { agentId: "agent_a", permissionId: "perm_p", action: "deploy" },
      fingerprint,
      epoch,
      requireDifferentApprover: false,
      agentCreatedBy: null,
      denialMemoryMs: memory,
      pendingExpiryMs: day,
      attempt,
    };
    const { answer, changes } = ask(known, question, newId("approval"), at);
    keep(changes);
    promise((answer.kind === "ended") === mustEnd, "an end is answered as an end, and nothing else is");
    if (answer.kind !== "spent") return;
    const spent = kept.get(answer.approvalId);
    promise(spent?.status === "used" && spent.fingerprint === fingerprint, "a grant is its intent's");
    promise(spent?.epoch === epoch, "a grant is its epoch's");
    if (answer.replay) {
      replays += 1;
      promise(attempt !== undefined && spent?.usedByAttempt === attempt, "only its own try is replayed");
      promise((spent?.usedAt ?? 0) + replayWindowMs > at, "a try is replayed for two minutes");
    } else {
      uses.set(answer.approvalId, (uses.get(answer.approvalId) ?? 0) + 1);
      promise((spent?.grantExpiresAt ?? 0) > at, "no grant is spent after its time");
      promise(spent?.decidedBy !== null, "no grant is spent that nobody gave");
    }
  };

  for (const deed of history) {
    if (deed.do === "wait") at += deed.ms;
    else if (deed.do === "end") hear({ permissionEnded: true });
    else if (deed.do === "disable") truth += 1;
    else if (deed.do === "review") reviewOne(deed);
    else askOne(deed);
    for (const fingerprint of ["f0", "f1"]) {
      const open = [...kept.values()].filter((one) => one.fingerprint === fingerprint && isOpen(one));
      promise(open.length <= 1, "one intent has one open approval");
    }
  }
  promise(
    [...uses.values()].every((count) => count === 1),
    "a grant is spent once",
  );
  return { breaches, spent: uses.size, replays };
}

it("keeps its promises through any history", () => {
  let spent = 0;
  let replays = 0;
  fc.assert(
    fc.property(deeds, (history) => {
      const outcome = play(history);
      spent += outcome.spent;
      replays += outcome.replays;
      expect(outcome.breaches).toEqual([]);
    }),
    { numRuns: 500 },
  );
  // The histories were not too dull to break anything.
  expect(spent).toBeGreaterThan(100);
  expect(replays).toBeGreaterThan(10);
});
