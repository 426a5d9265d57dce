/** The units that people give durations in, in seconds. */
export const units = [
  { value: "60", label: "minutes", one: "minute" },
  { value: "3600", label: "hours", one: "hour" },
  { value: "86400", label: "days", one: "day" },
] as const;
export type Unit = (typeof units)[number]["value"];

/** The largest unit that a duration is a whole number of, and how many of it. */
export function inUnits(seconds: number): { amount: number; unit: Unit } {
  const fitting = units.findLast(({ value }) => seconds >= Number(value) && seconds % Number(value) === 0);
  const unit = fitting?.value ?? "60";
  return { amount: seconds / Number(unit), unit };
}

/** "30 minutes", "1 day", "90 seconds". */
export function durationText(seconds: number): string {
  if (seconds % 60 !== 0) return `${seconds.toLocaleString()} seconds`;
  const { amount, unit } = inUnits(seconds);
  const { label, one } = units.find(({ value }) => value === unit) ?? units[0];
  return `${amount.toLocaleString()} ${amount === 1 ? one : label}`;
}
