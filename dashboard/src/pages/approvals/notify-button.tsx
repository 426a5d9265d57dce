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
      <Button
        look="quiet"
        disabled
        className="max-sm:hidden"
        icon={<BellOff aria-hidden className="size-4" />}
      >
        Notifications are blocked
      </Button>
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
