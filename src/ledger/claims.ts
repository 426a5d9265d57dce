// Longer than a verify takes before it is refused: by then whoever claimed a key has an answer on record, or none.
const claimMs = 10_000;

/**
 * Which request an Idempotency-Key is under way with, from the look for its first answer until that answer is on
 * record. Kept in memory only: after a restart two bodies under one key may both reach the gate, and one of them
 * still gets a conflict for its answer.
 */
export class Claims {
  // In the order of their ends.
  readonly #claims = new Map<string, { bodyHash: string; until: number }>();

  /** Whether no request with another body is under way with this key. */
  isOpenTo(key: string, bodyHash: string, now: number): boolean {
    const claim = this.#claims.get(key);
    return claim === undefined || claim.bodyHash === bodyHash || claim.until <= now;
  }

  claim(key: string, bodyHash: string, now: number): void {
    for (const [old, { until }] of this.#claims) {
      if (until > now) break;
      this.#claims.delete(old);
    }
    this.#claims.delete(key);
    this.#claims.set(key, { bodyHash, until: now + claimMs });
  }
}
