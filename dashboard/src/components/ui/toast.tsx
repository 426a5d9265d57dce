import { Toast } from "@base-ui/react/toast";
import { CircleCheck, OctagonX, X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./button.tsx";

const manager = Toast.createToastManager();

/** Says that something happened. What the person has to act on belongs into the page. */
export const toast = {
  done: (title: string, description?: string) =>
    manager.add({ title, type: "done", ...(description === undefined ? {} : { description }) }),
  failed: (title: string, description?: string) =>
    manager.add({
      title,
      type: "failed",
      priority: "high",
      timeout: 10_000,
      ...(description === undefined ? {} : { description }),
    }),
};

export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager}>
      {children}
      <Toast.Portal>
        {/* On a phone at the top: what is decided with is at the bottom, and is not to be covered. */}
        <Toast.Viewport className="fixed inset-x-4 top-16 z-50 flex flex-col gap-2 sm:right-6 sm:left-auto sm:w-90 lg:top-auto lg:bottom-6">
          <Toasts />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Toasts() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((each) => (
    <Toast.Root
      key={each.id}
      toast={each}
      data-toast
      swipeDirection={["up", "down", "right"]}
      className="rounded-md border border-line bg-raised shadow-lift transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-start gap-3 p-3">
        {each.type === "failed" ? (
          <OctagonX aria-hidden className="mt-0.5 size-4 shrink-0 text-denied" />
        ) : (
          <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-allowed" />
        )}
        <div className="flex min-w-0 flex-1 flex-col gap-1">
          <Toast.Title className="text-14 font-medium" />
          <Toast.Description className="text-12 text-muted" />
        </div>
        <Toast.Close
          render={
            <IconButton label="Dismiss" size="small" className="-my-1">
              <X aria-hidden className="size-4" />
            </IconButton>
          }
        />
      </Toast.Content>
    </Toast.Root>
  ));
}
