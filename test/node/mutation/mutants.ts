/** One bug as it could have been written: which text of which file would read otherwise. */
export type Mutant = {
  name: string;
  /** What it breaks, for whoever reads that it was found. */
  bug: string;
  changes: readonly { file: string; from: string; to: string }[];
};

/** Bugs that the model of the loop must find. Each text occurs exactly once in its file, which a test checks. */
export const mutants: readonly Mutant[] = [
  {
    name: "await-in-the-gate",
    bug: "The gate awaits something between reading a grant and spending it.",
    changes: [
      {
        file: "src/gates/gate.ts",
        from: `    const opened = newId("approval");
    const { answer } = this.#change(now, { epoch }, ({ standing }) => {`,
        to: `    const opened = newId("approval");
    const newest = this.#store.newestFor(request.fingerprint);
    await scheduler.wait(1);
    const { answer } = this.#change(now, { epoch }, ({ standing }) => {`,
      },
      {
        file: "src/gates/gate.ts",
        from: `        newest: this.#store.newestFor(fingerprint),`,
        to: `        newest,`,
      },
    ],
  },
  {
    name: "no-idempotency-check",
    bug: "A retry is taken for a request of its own.",
    changes: [
      {
        file: "src/ledger/ledger.ts",
        from: `    return verdictOnRetry(this.#journal.answerTo(key), bodyHash, allowedNow, now);`,
        to: `    return { kind: "fresh", keyUsedAt: now };`,
      },
    ],
  },
  {
    name: "record-after-answer",
    bug: "The answer leaves before the decision is on record.",
    changes: [
      {
        file: "src/api/verification.ts",
        from: `  const recorded = await ledger.record({ ...context, ...answer });`,
        to: `  if (idempotency === undefined && answer.packet.allowed) {
    c.executionCtx.waitUntil(ledger.record({ ...context, ...answer }));
    return answer.packet;
  }
  const recorded = await ledger.record({ ...context, ...answer });`,
      },
    ],
  },
  {
    name: "expiry-off-by-one",
    bug: "A grant is still good at the millisecond at which it ends.",
    changes: [
      {
        file: "src/gates/transition.ts",
        from: `  if (due !== null && due <= now) return`,
        to: `  if (due !== null && due < now) return`,
      },
    ],
  },
  {
    name: "no-account-filter",
    bug: "A person decides requests of any account whose ids they know.",
    changes: [
      {
        file: "src/db/gate-news.ts",
        from: `  const [row] = await gateNews(d1).where(
    and(eq(approvals.accountId, accountId), eq(approvals.id, approvalId)),
  );`,
        to: `  const [row] = await gateNews(d1).where(eq(approvals.id, approvalId));`,
      },
    ],
  },
];
