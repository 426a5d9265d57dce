import { useState } from "react";
import { useBoundShortcuts, useShortcuts } from "../lib/shortcuts.ts";
import { Dialog } from "./ui/dialog.tsx";
import { Kbd } from "./ui/kbd.tsx";

/** What the keys do on this page. `?` opens it. */
export function KeyboardHelp() {
  const [isOpen, setOpen] = useState(false);
  useShortcuts([{ key: "?", label: "Show this help", run: () => setOpen(true) }]);
  const bound = useBoundShortcuts();
  return (
    <Dialog isOpen={isOpen} onOpenChange={setOpen} title="Keyboard">
      <dl className="flex flex-col divide-y divide-line">
        {bound.map(({ key, label }) => (
          <div key={`${key} ${label}`} className="flex h-9 items-center justify-between gap-4">
            <dt>{label}</dt>
            <dd>
              <Kbd>{key}</Kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
