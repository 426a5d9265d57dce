/** Whether the work was done within so many milliseconds. Rejects when the work does; never waits longer. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the work gives. Rejects when the work does, and when it takes longer than so many milliseconds. */
export async function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  if (!(await within(ms, work))) throw new Error("The deadline passed.");
  return work;
}
