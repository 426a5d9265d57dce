import type { ReactNode } from "react";

/** The end of a card, which stays in sight: what can be decided, and in the same place what came of it. */
export function CardFoot({ children }: { children: ReactNode }) {
  return (
    <div className="sticky bottom-[calc(3.5rem+env(safe-area-inset-bottom))] z-10 flex flex-col gap-3 rounded-b-lg border-t border-line bg-surface px-4 py-3 sm:px-6 sm:py-4 lg:bottom-0">
      {children}
    </div>
  );
}
