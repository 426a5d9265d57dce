import type { ReactNode } from "react";

/**
 * The end of a card, which stays in sight: what can be decided, and in the same place what came of it. Where the text
 * is so large, or the window so low, that it would cover what is decided, it stands below.
 */
export function CardFoot({ children }: { children: ReactNode }) {
  return (
    <div className="bottom-[calc(3.5rem+env(safe-area-inset-bottom))] z-10 flex flex-col gap-3 rounded-b-lg border-t border-line bg-surface px-4 py-3 sm:px-6 sm:py-4 lg:bottom-0 [@media(min-height:26rem)]:@3xs:sticky">
      {children}
    </div>
  );
}
