import { useEffect, useRef, useSyncExternalStore } from "react";

/** A key and what it does, as the help dialog lists it. `key` is a `KeyboardEvent.key`. */
export type Shortcut = { key: string; label: string; run: () => void };

let registered: readonly (readonly Shortcut[])[] = [];
const listeners = new Set<() => void>();

function change(next: readonly (readonly Shortcut[])[]): void {
  registered = next;
  for (const listener of listeners) listener();
}

// A toast calls itself a dialog, and lies over nothing.
const layers = ["[role=dialog]", "[role=alertdialog]", "[role=menu]"]
  .map((layer) => `${layer}:not([data-toast])`)
  .join(", ");

// A key must not act on what lies behind a dialog, nor on what is typed.
function isElsewhere(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || event.isComposing)
    return true;
  if (document.querySelector(layers) !== null) return true;
  const { target } = event;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, select, textarea") !== null)
  );
}

document.addEventListener("keydown", (event) => {
  if (isElsewhere(event)) return;
  const shortcut = registered
    .toReversed()
    .flat()
    .find(({ key }) => key === event.key);
  if (shortcut === undefined) return;
  event.preventDefault();
  shortcut.run();
});

/** Binds keys for as long as the component is on the page. The newest binding of a key wins. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  const names = shortcuts.map(({ key, label }) => `${key} ${label}`).join("\n");
  useEffect(() => {
    const bound = latest.current.map(({ key, label }) => ({
      key,
      label,
      run: () => latest.current.find((each) => each.key === key)?.run(),
    }));
    change([...registered, bound]);
    return () => change(registered.filter((each) => each !== bound));
  }, [names]);
}

/** What is bound now, for the help. */
export function useBoundShortcuts(): readonly Shortcut[] {
  const groups = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => registered,
  );
  return groups.flat();
}
