import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as BaseDialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { cx } from "../../lib/cx.ts";
import { ErrorNotice } from "../error-notice.tsx";
import { Button, type ButtonLook, IconButton } from "./button.tsx";

const backdropClass =
  "fixed inset-0 z-40 bg-overlay transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0";
const popupClass = cx(
  "fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col",
  "overflow-y-auto rounded-lg border border-line bg-raised p-6 shadow-lift outline-none",
  "transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0",
);

type DialogProps = {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  isWide?: boolean;
  /** Only what is in it closes it: while the server is asked, and while it shows what is shown once. */
  staysOpen?: boolean;
  children: ReactNode;
};

/** A layer over the page that Escape and a click beside it close. */
export function Dialog({
  isOpen,
  onOpenChange,
  title,
  description,
  isWide = false,
  staysOpen = false,
  children,
}: DialogProps) {
  return (
    <BaseDialog.Root open={isOpen} onOpenChange={(open) => (staysOpen ? undefined : onOpenChange(open))}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={backdropClass} />
        <BaseDialog.Popup className={cx(popupClass, isWide ? "max-w-3xl" : "max-w-lg")}>
          <div className="mb-4 flex items-start justify-between gap-4">
            <div className="flex min-w-0 flex-col gap-1">
              <BaseDialog.Title className="text-16 font-semibold">{title}</BaseDialog.Title>
              {description === undefined ? null : (
                <BaseDialog.Description className="text-14 text-muted">{description}</BaseDialog.Description>
              )}
            </div>
            {staysOpen ? null : (
              <BaseDialog.Close
                render={
                  <IconButton label="Close" size="small">
                    <X aria-hidden className="size-4" />
                  </IconButton>
                }
              />
            )}
          </div>
          {children}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

type ConfirmDialogProps = {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: ReactNode;
  /** What it does, and what it does not. */
  children: ReactNode;
  /** Names the action: "Disable agent", never "OK". */
  action: ReactNode;
  look?: ButtonLook;
  /** The action has the focus at first, so that Enter confirms. For what a key has opened. */
  startsOnAction?: boolean;
  onConfirm: () => void;
  isBusy?: boolean;
  error?: Error | null;
};

/** Asks once more before something that cannot be taken back. It stays open until the server has answered. */
export function ConfirmDialog({
  isOpen,
  onOpenChange,
  title,
  children,
  action,
  look = "primary",
  startsOnAction = false,
  onConfirm,
  isBusy = false,
  error = null,
}: ConfirmDialogProps) {
  const actionButton = useRef<HTMLButtonElement>(null);
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => (isBusy ? undefined : onOpenChange(open))}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdropClass} />
        <AlertDialog.Popup
          {...(startsOnAction ? { initialFocus: actionButton } : {})}
          className={cx(popupClass, "max-w-md gap-4")}
        >
          <AlertDialog.Title className="text-16 font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="flex flex-col gap-3 text-14 text-muted">
            {children}
          </AlertDialog.Description>
          {error === null ? null : <ErrorNotice error={error} />}
          <div className="flex flex-wrap justify-end gap-2">
            <AlertDialog.Close disabled={isBusy} render={<Button>Cancel</Button>} />
            <Button ref={actionButton} look={look} isBusy={isBusy} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
