// Rounds keep this distance, so that each carries much: a trip to D1 and a mark of how far it went cost about as much
// as copying twenty entries. A backlog does not wait, and neither does the first entry after a rest.
const paceMs = 500;
const backlog = 500;

export const firstRetryMs = 1_000;
const longestRetryMs = 10 * 60_000;

/** How long to wait after `failures` failures in a row: doubling, with jitter so that not all return at once. */
export function retryDelayMs(failures: number, random: number): number {
  const delay = Math.min(firstRetryMs * 2 ** (failures - 1), longestRetryMs);
  return Math.round(delay * (1 + random / 2));
}

/** Takes a ledger's entries to one destination, in order, one round at a time. */
export class Drain {
  #round: Promise<void> | undefined;
  #isRunning = false;
  #restsUntil = 0;
  readonly #taken: () => number;
  readonly #takeRound: () => Promise<void>;

  /** `taken` is the number of the last entry taken; `takeRound` takes some more, or throws. */
  constructor(taken: () => number, takeRound: () => Promise<void>) {
    this.#taken = taken;
    this.#takeRound = takeRound;
  }

  /** Takes everything up to `seq`, at once. Throws at the first round that fails. */
  async upTo(seq: number): Promise<void> {
    while (this.#taken() < seq) await this.#next();
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Takes what there is and what is added meanwhile. One such run goes on at a time. */
  async run(last: () => number): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#taken() < last()) {
        // At most its length, whatever the clock did.
        const rest = Math.min(this.#restsUntil - Date.now(), paceMs);
        const isRested = rest <= 0 || last() - this.#taken() >= backlog;
        if (!isRested) await scheduler.wait(rest);
        // Whoever could not wait may have taken it all meanwhile.
        if (this.#taken() >= last()) break;
        await this.#next();
        this.#restsUntil = Date.now() + paceMs;
      }
    } finally {
      this.#isRunning = false;
    }
  }

  // Two rounds at once would send the same entries twice, and the slower one could undo the mark of the other.
  #next(): Promise<void> {
    this.#round ??= this.#takeRound().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }
}
