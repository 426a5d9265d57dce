const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });
const exact = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "long",
  hourCycle: "h23",
});
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** "3 minutes ago", "in 2 hours", "just now". Past 30 days the date says more. */
export function relativeTime(at: number, now: number): string {
  const distance = at - now;
  if (Math.abs(distance) > 30 * 86_400_000)
    return new Intl.DateTimeFormat("en", { dateStyle: "medium" }).format(at);
  for (const [unit, ms] of units)
    if (Math.abs(distance) >= ms) return relative.format(Math.trunc(distance / ms), unit);
  if (distance > 5000) return `in ${Math.floor(distance / 1000)} seconds`;
  return distance < -10_000 ? `${Math.floor(-distance / 1000)} seconds ago` : "just now";
}

/** The moment in the viewer's zone, to the second, with the zone's name. */
export function exactTime(at: number): string {
  return exact.format(at);
}

/** "20:41", in the viewer's zone. */
export function clockTime(at: number): string {
  return clock.format(at);
}

/** What is left until a moment: "29:58", "1:04:09". Zero when it has passed. */
export function timeLeft(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}
