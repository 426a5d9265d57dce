const steps: readonly [ms: number, name: string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** A span in its largest unit: "3 min", "2 d". */
export function spanText(ms: number): string {
  const [step, name] = steps.find(([size]) => ms >= size) ?? [1000, "s"];
  return `${Math.max(0, Math.round(ms / step))} ${name}`;
}

/** A moment of the wire as a person reads it: "3 min ago", "in 23 h". */
export function momentText(at: string, now: number): string {
  const ms = Date.parse(at) - now;
  if (Math.abs(ms) < 1000) return "now";
  return ms < 0 ? `${spanText(-ms)} ago` : `in ${spanText(ms)}`;
}

/** A running clock: "0:07", "12:40". */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
