import { useBlocker } from "@tanstack/react-router";
import { type ReactNode, useRef } from "react";
import { Button } from "./ui/button.tsx";
import { ConfirmDialog } from "./ui/dialog.tsx";

type KeptOnceProps = {
  /** What it is, in a sentence: "key". */
  name: string;
  /** What is lost with it, and what then helps. */
  loss: ReactNode;
  onStored: () => void;
  /** The secret, and what to do with it. */
  children: ReactNode;
};

/** What is shown once. Who goes away without saying that it is stored is asked first. */
export function KeptOnce({ name, loss, onStored, children }: KeptOnceProps) {
  const isStored = useRef(false);
  const leaving = useBlocker({
    shouldBlockFn: () => !isStored.current,
    enableBeforeUnload: () => !isStored.current,
    withResolver: true,
  });
  return (
    <div className="flex flex-col gap-4">
      {children}
      <Button
        look="primary"
        className="self-start in-[[role=dialog]]:self-end"
        onClick={() => {
          isStored.current = true;
          onStored();
        }}
      >
        I have stored the {name}
      </Button>
      <ConfirmDialog
        isOpen={leaving.status === "blocked"}
        onOpenChange={(isOpen) => {
          if (!isOpen) leaving.reset?.();
        }}
        title={`Leave without the ${name}?`}
        action={`Leave without the ${name}`}
        look="danger"
        onConfirm={() => leaving.proceed?.()}
      >
        {loss}
      </ConfirmDialog>
    </div>
  );
}
