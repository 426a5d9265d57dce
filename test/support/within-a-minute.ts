const minuteMs = 60_000;

/**
 * What comes of an attempt that lies within one minute of the clock. A limit counts by those minutes, so that an attempt
 * that goes on into the next one says nothing, and is made again: `attempt` starts from something not yet counted.
 */
export async function withinAMinute<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    const minute = Math.floor(Date.now() / minuteMs);
    const result = await attempt();
    if (Math.floor(Date.now() / minuteMs) === minute) return result;
  }
}
