import { WifiOff } from "lucide-react";
import { useIsOnline } from "../lib/online.ts";

/** Says that what is on the screen may be old. */
export function OfflineBanner() {
  const isOnline = useIsOnline();
  return (
    <div role="status">
      {isOnline ? null : (
        <p className="flex items-center justify-center gap-2 border-b border-waiting-line bg-waiting-soft px-4 py-2 text-14 text-waiting">
          <WifiOff aria-hidden className="size-4 shrink-0" />
          You are offline. What you see may be old, and nothing can be decided.
        </p>
      )}
    </div>
  );
}
