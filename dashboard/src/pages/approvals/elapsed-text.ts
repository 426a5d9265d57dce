/** "40 ms", "0.4 s", "3 s", "2 min", "5 h": how long something took. */
export function elapsedText(ms: number): string {
  if (ms < 100) return `${Math.round(Math.max(0, ms))} ms`;
  if (ms < 950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
