import { cx } from "../../lib/cx.ts";
import { useIsOnline } from "../../lib/online.ts";

/** Whether what is on the page is what there is. */
export function Liveness({ isLive, isFailing }: { isLive: boolean; isFailing: boolean }) {
  const isOnline = useIsOnline();
  const [dot, words] = !isOnline
    ? ["bg-denied", "Not up to date"]
    : isFailing
      ? ["bg-denied", "Not up to date: the server does not answer"]
      : isLive
        ? ["bg-allowed", "Live"]
        : ["bg-waiting", "Looking every second"];
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className={cx("size-2 shrink-0 rounded-full", dot)} />
      {words}
    </span>
  );
}
