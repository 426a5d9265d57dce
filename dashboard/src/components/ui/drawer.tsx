import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";

type DrawerProps = {
  isOpen: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
};

/** A layer at the side, for the details of a row. Escape and a click beside it close it. */
export function Drawer({ isOpen, onClose, title, children }: DrawerProps) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-overlay transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Popup className="fixed inset-y-0 right-0 z-50 flex w-full max-w-lg flex-col border-l border-line bg-raised shadow-lift outline-none transition-transform data-ending-style:translate-x-4 data-ending-style:opacity-0 data-starting-style:translate-x-4 data-starting-style:opacity-0">
          <div className="flex items-center justify-between gap-4 border-b border-line px-6 py-3">
            <Dialog.Title className="min-w-0 text-16 font-semibold">{title}</Dialog.Title>
            <Dialog.Close
              render={
                <IconButton label="Close" size="small">
                  <X aria-hidden className="size-4" />
                </IconButton>
              }
            />
          </div>
          <div className="flex-1 overflow-y-auto px-6 py-4">{children}</div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
