const windowMs = 60_000;

/** How many decisions of one agent are taken on record in a minute. */
export const decisionsPerMinute = 30_000;

/**
 * Counts an agent's decisions by the minute, where all of them come by anyway: exact, and no call more. Kept in
 * memory only, because an object that was put to sleep has nothing to slow down.
 */
export class Pace {
  readonly #limit: number;
  #windowStart = 0;
  #count = 0;

  constructor(limit = decisionsPerMinute) {
    this.#limit = limit;
  }

  /** Takes one at `now`, or gives the milliseconds until there is room again. */
  wait(now: number): number {
    if (now - this.#windowStart >= windowMs || now < this.#windowStart) {
      this.#windowStart = now;
      this.#count = 0;
    }
    if (this.#count >= this.#limit) return this.#windowStart + windowMs - now;
    this.#count += 1;
    return 0;
  }
}
