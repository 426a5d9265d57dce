import { useSyncExternalStore } from "react";

type Ticker = { now: number; listeners: Set<() => void>; timer: number | undefined };
const tickers = new Map<number, Ticker>();

function tickerOf(everyMs: number): Ticker {
  const ticker = tickers.get(everyMs) ?? { now: Date.now(), listeners: new Set(), timer: undefined };
  tickers.set(everyMs, ticker);
  return ticker;
}

/** The present moment in epoch milliseconds, anew every `everyMs`: one timer for all that show it. */
export function useNow(everyMs: number): number {
  const ticker = tickerOf(everyMs);
  return useSyncExternalStore(
    (listener) => {
      if (ticker.listeners.size === 0) {
        ticker.now = Date.now();
        ticker.timer = window.setInterval(() => {
          ticker.now = Date.now();
          for (const each of ticker.listeners) each();
        }, everyMs);
      }
      ticker.listeners.add(listener);
      return () => {
        ticker.listeners.delete(listener);
        if (ticker.listeners.size === 0) window.clearInterval(ticker.timer);
      };
    },
    () => ticker.now,
  );
}
