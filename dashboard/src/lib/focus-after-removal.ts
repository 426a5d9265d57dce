import { type RefObject, useEffect, useRef } from "react";

/**
 * For the heading of a list from which a button takes its own row away: the focus that went with it goes there, and
 * not to the top of the page. Give the heading `tabIndex={-1}`.
 */
export function useFocusAfterRemoval(list: unknown, hasActed: boolean): RefObject<HTMLHeadingElement | null> {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (hasActed && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [list]);
  return heading;
}
