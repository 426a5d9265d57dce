/** What must be there for a test to go on. */
export function present<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error("It is not there.");
  return value;
}
