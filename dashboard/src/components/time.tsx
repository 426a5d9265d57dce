import { useNow } from "../lib/now.ts";
import { exactTime, relativeTime, timeLeft } from "../lib/time-text.ts";
import { cx } from "../lib/cx.ts";

/** A moment as a person thinks of it; the exact one in the viewer's zone on hover, or with `isExact`. */
export function Time({
  at,
  isExact = false,
  className,
}: {
  at: string;
  isExact?: boolean;
  className?: string;
}) {
  const now = useNow(10_000);
  const moment = Date.parse(at);
  const [shown, hovered] = isExact
    ? [exactTime(moment), relativeTime(moment, now)]
    : [relativeTime(moment, now), exactTime(moment)];
  return (
    <time dateTime={at} title={hovered} className={cx("tabular whitespace-nowrap", className)}>
      {shown}
    </time>
  );
}

/**
 * What is left until a moment, by the second. Never more than `wholeMs`, which it had at its beginning, however far
 * behind the server's this clock is.
 */
export function Countdown({
  until,
  wholeMs = Infinity,
  className,
}: {
  until: string;
  wholeMs?: number;
  className?: string;
}) {
  const now = useNow(1000);
  const end = Date.parse(until);
  return (
    <time dateTime={until} title={exactTime(end)} role="timer" className={cx("tabular font-mono", className)}>
      {timeLeft(Math.min(end, now + wholeMs), now)}
    </time>
  );
}
