import { useSyncExternalStore } from "react";
import { feedCloseCodes, type FeedMessage, feedMessageSchema, feedPing } from "../../../src/contract/feed.ts";

const firstRetryMs = 500;
const lastRetryMs = 30_000;
// A connection can be dead without anyone having said so.
const pingMs = 20_000;

let isLive = false;
const stateListeners = new Set<() => void>();

function setLive(next: boolean): void {
  if (next === isLive) return;
  isLive = next;
  for (const listener of stateListeners) listener();
}

/** Whether news arrives by itself. While it does not, pages ask again and again. */
export function useIsLive(): boolean {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    () => isLive,
  );
}

type Listener = {
  onMessage: (message: FeedMessage) => void;
  /** Connected, for the first time or again: what happened before was not heard of. */
  onOpen: () => void;
  /** The session that opened the feed has ended. It is not listened to any more. */
  onSignedOut: () => void;
};

/** Listens to the workspace's feed until the returned function is called. A lost connection is made again. */
export function listen({ onMessage, onOpen, onSignedOut }: Listener): () => void {
  let socket: WebSocket | undefined;
  let drop = () => {};
  let timer: number | undefined;
  let failures = 0;
  let isOver = false;

  const open = () => {
    window.clearTimeout(timer);
    if (isOver || socket !== undefined) return;
    const url = new URL("/api/dashboard/live", window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const opened = new WebSocket(url);
    socket = opened;
    let isAnswered = true;
    const pinging = window.setInterval(() => {
      if (!isAnswered) return lost();
      isAnswered = opened.readyState !== WebSocket.OPEN;
      if (!isAnswered) opened.send(feedPing);
    }, pingMs);
    const lost = (code?: number) => {
      window.clearInterval(pinging);
      if (socket !== opened) return;
      socket = undefined;
      opened.close();
      setLive(false);
      if (isOver) return;
      if (code === feedCloseCodes.signedOut) {
        isOver = true;
        return onSignedOut();
      }
      // Spread out, so that a restart of the server is not met by everyone at once.
      const delay = Math.min(firstRetryMs * 2 ** failures, lastRetryMs) * (0.75 + Math.random() / 2);
      failures += 1;
      timer = window.setTimeout(open, delay);
    };
    drop = () => lost();
    opened.addEventListener("open", () => {
      failures = 0;
      setLive(true);
      onOpen();
    });
    opened.addEventListener("message", ({ data }) => {
      isAnswered = true;
      const message = messageOf(data);
      if (message !== undefined) onMessage(message);
    });
    opened.addEventListener("close", ({ code }) => lost(code));
  };

  // Somebody looks again, or the network is back: no reason to wait any longer.
  const hurry = () => {
    if (document.visibilityState !== "visible") return;
    failures = 0;
    open();
  };
  document.addEventListener("visibilitychange", hurry);
  // A socket does not notice for long that there is no network, and says that all is live.
  const leave = () => drop();
  window.addEventListener("online", hurry);
  window.addEventListener("offline", leave);
  open();

  return () => {
    isOver = true;
    document.removeEventListener("visibilitychange", hurry);
    window.removeEventListener("online", hurry);
    window.removeEventListener("offline", leave);
    window.clearTimeout(timer);
    const last = socket;
    socket = undefined;
    last?.close();
    setLive(false);
  };
}

// A message of a kind that this page does not know yet is passed over.
function messageOf(data: unknown): FeedMessage | undefined {
  if (typeof data !== "string" || !data.startsWith("{")) return undefined;
  try {
    return feedMessageSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
