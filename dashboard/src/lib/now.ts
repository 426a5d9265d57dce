import { useSyncExternalStore } from "react";

type Ticker = { subscribe: (listener: () => void) => () => void; read: () => number };
const tickers = new Map<number, Ticker>();

/** The present moment in epoch milliseconds, anew every `everyMs`: one timer for all that show it. */
export function useNow(everyMs: number): number {
  const { subscribe, read } = tickerOf(everyMs);
  return useSyncExternalStore(subscribe, read);
}

// One for each pace, for good: a subscription that changed with every render would start over with every render.
function tickerOf(everyMs: number): Ticker {
  const known = tickers.get(everyMs);
  if (known !== undefined) return known;
  const listeners = new Set<() => void>();
  let now = Date.now();
  let timer: number | undefined;
  const tick = () => {
    now = Date.now();
    for (const listener of listeners) listener();
  };
  const ticker: Ticker = {
    subscribe: (listener) => {
      if (listeners.size === 0) timer = window.setInterval(tick, everyMs);
      listeners.add(listener);
      // The first to come sees the time of its coming and not that of the last one who left.
      if (Date.now() - now >= everyMs) tick();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) window.clearInterval(timer);
      };
    },
    read: () => now,
  };
  tickers.set(everyMs, ticker);
  return ticker;
}
