const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** How long after a failed attempt the next one follows, in milliseconds, attempt by attempt. */
export const retryDelaysMs = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  10 * hour,
] as const;

// A queue holds a message back for a day at most. What is further away is brought on by the sweep.
const longestDelaySeconds = 12 * 3600;

/**
 * When the attempt after number `step` (from 0) of the schedule is due, or null after the last. `random` from 0 to
 * 1 spreads it over the tenth that follows, so that what failed together does not come back together.
 */
export function nextAttemptAt(step: number, now: number, random: number): number | null {
  const delay = retryDelaysMs[step];
  return delay === undefined ? null : now + Math.round(delay * (1 + random / 10));
}

/** The delay for a message that is to arrive at `at` and not before: queues count in whole seconds. */
export function queueDelaySeconds(at: number, now: number): number {
  return Math.min(Math.max(0, Math.ceil((at - now) / second)), longestDelaySeconds);
}
