/** The moment in epoch milliseconds. Read once for each request; everything below is told. */
export function readClock(): number {
  return Date.now();
}
