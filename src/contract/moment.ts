/** Whether a value is a moment as `timestampSchema` takes it: RFC 3339 §5.6, on a day that there is. */
export function isMoment(value: unknown): value is string {
  const [, year, month, day, hour, minute, second] =
    (typeof value === "string" &&
      /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/.exec(
        value,
      )) ||
    [];
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return (
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60
  );
}

/** A moment in epoch milliseconds as it goes over the wire: RFC 3339, in UTC. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
