import { Bell, BellOff, BellRing } from "lucide-react";
import { useState } from "react";
import { Button } from "../../components/ui/button.tsx";
import { setNotifying, useNotifying } from "../../lib/notifications.ts";

/** Turns the browser's notifications on and off. The browser is asked only when someone presses this. */
export function NotifyButton() {
  const { permission, isOn } = useNotifying();
  const [isAsking, setAsking] = useState(false);
  if (permission === "unsupported") return null;
  if (permission === "denied")
    return (
      <p className="flex h-9 items-center gap-2 text-12 text-muted max-sm:hidden">
        <BellOff aria-hidden className="size-4 shrink-0" />
        Notifications are blocked in the browser's settings.
      </p>
    );
  return (
    <Button
      look="quiet"
      aria-pressed={isOn}
      isBusy={isAsking}
      icon={isOn ? <BellRing aria-hidden className="size-4" /> : <Bell aria-hidden className="size-4" />}
      onClick={() => {
        setAsking(true);
        void setNotifying(!isOn).finally(() => setAsking(false));
      }}
    >
      {isOn ? "Notifying" : "Notify me"}
    </Button>
  );
}
