import { useSyncExternalStore } from "react";
import { WifiOff } from "lucide-react";

function subscribe(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

/** Says that what is on the screen may be old. */
export function OfflineBanner() {
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine);
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
