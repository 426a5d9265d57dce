export type Bounds = {
  /** How many calls may be under way at once. */
  burst: number;
  /** How many, once there have been that many for `patienceMs`, until there are fewer for `restMs`. */
  standing: number;
  patienceMs: number;
  restMs: number;
  /** What share of either one caller may have. */
  share: number;
  /** What has not left after this long never will: the runtime drops a call whose caller has gone. */
  longestMs: number;
};

type Entry = { caller: string; since: number };

/**
 * Counts what is under way, so that what is too much can be refused before any work is done for it. A burst
 * may queue, because it is over soon; a queue that stays helps nobody, and is kept short.
 */
export class Admission {
  readonly #bounds: Bounds;
  // In the order of their coming.
  readonly #underWay = new Set<Entry>();
  readonly #ofCaller = new Map<string, number>();
  #crowd: { since: number; seen: number } | undefined;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  hasRoom(caller: string, now: number): boolean {
    this.#forgetLost(now);
    this.#look(now);
    const { burst, standing, patienceMs, share } = this.#bounds;
    const isStanding = this.#crowd !== undefined && now - this.#crowd.since >= patienceMs;
    const limit = isStanding ? standing : burst;
    return this.#underWay.size < limit && (this.#ofCaller.get(caller) ?? 0) < limit * share;
  }

  /** Lets one in and gives what it has to call when it leaves; undefined when there is no room. */
  enter(caller: string, now: number): ((now: number) => void) | undefined {
    if (!this.hasRoom(caller, now)) return undefined;
    const entry = { caller, since: now };
    this.#underWay.add(entry);
    this.#ofCaller.set(caller, (this.#ofCaller.get(caller) ?? 0) + 1);
    return (later) => {
      this.#look(later);
      this.#remove(entry);
    };
  }

  // A queue is short for a moment between two waves of one flood, so that only a rest ends it.
  #look(now: number): void {
    const { standing, restMs } = this.#bounds;
    if (this.#crowd !== undefined && Math.abs(now - this.#crowd.seen) >= restMs) this.#crowd = undefined;
    if (this.#underWay.size >= standing) this.#crowd = { since: this.#crowd?.since ?? now, seen: now };
  }

  #remove(entry: Entry): void {
    if (!this.#underWay.delete(entry)) return;
    const left = (this.#ofCaller.get(entry.caller) ?? 0) - 1;
    if (left > 0) this.#ofCaller.set(entry.caller, left);
    else this.#ofCaller.delete(entry.caller);
  }

  #forgetLost(now: number): void {
    for (const entry of this.#underWay) {
      // Either way: a clock that was set back must not keep the lost ones.
      if (Math.abs(now - entry.since) < this.#bounds.longestMs) return;
      this.#remove(entry);
    }
  }
}
