import { feedPing, type FeedMessage } from "../contract/feed.ts";
import type { BehalfOptions } from "../sdk/options.ts";

// While the feed is open it rings by itself. Its messages can be lost, so that what is listed is still looked at.
const openMs = 30_000;
const closedMs = 2_000;
const firstRetryMs = 500;
const lastRetryMs = 30_000;
// A connection can be dead without anyone having said so.
const pingMs = 20_000;

type Options = {
  baseUrl: string;
  credentials: Pick<BehalfOptions, "session" | "developerToken">;
  /** The kind of message that is waited for. */
  about: FeedMessage["type"];
  signal: AbortSignal;
};

/**
 * Says when it is time to look again: at once when the workspace's feed says so, every few seconds while there is no
 * feed to listen to. Node before 22 has no WebSocket, and there it stays with looking.
 */
export class LiveNews {
  readonly #options: Options;
  #socket: WebSocket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #isOpen = false;
  #hasNews = false;
  #ring = () => {};

  constructor(options: Options) {
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#end(), { once: true });
    this.#open();
  }

  /** Whether news arrives by itself. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves when it is time to look again. What rang since the last time counts. Rejects when the signal says so. */
  async next(): Promise<void> {
    const { signal } = this.#options;
    if (!this.#hasNews && !signal.aborted)
      await new Promise<void>((done) => {
        const timer = setTimeout(done, this.#isOpen ? openMs : closedMs);
        this.#ring = () => {
          clearTimeout(timer);
          done();
        };
      });
    signal.throwIfAborted();
    this.#hasNews = false;
  }

  #news(): void {
    this.#hasNews = true;
    this.#ring();
  }

  #open(): void {
    if (this.#options.signal.aborted || globalThis.WebSocket === undefined) return;
    const { baseUrl, credentials, about } = this.#options;
    const socket = newSocket(baseUrl, credentials);
    this.#socket = socket;
    let isAnswered = true;
    const pinging = setInterval(() => {
      if (!isAnswered) return lost();
      isAnswered = socket.readyState !== WebSocket.OPEN;
      if (!isAnswered) socket.send(feedPing);
    }, pingMs);
    const lost = () => {
      clearInterval(pinging);
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      socket.close();
      // Whoever was signed out is told so by the next look.
      if (this.#isOpen) this.#news();
      this.#isOpen = false;
      if (this.#options.signal.aborted) return;
      // Spread out, so that a restart of the server is not met by everyone at once.
      const delayMs = Math.min(firstRetryMs * 2 ** this.#failures, lastRetryMs) * (0.75 + Math.random() / 2);
      this.#failures += 1;
      this.#retry = setTimeout(() => this.#open(), delayMs);
    };
    socket.addEventListener("open", () => {
      this.#failures = 0;
      this.#isOpen = true;
      // What happened before was not heard of.
      this.#news();
    });
    socket.addEventListener("message", ({ data }) => {
      isAnswered = true;
      if (typeOf(data) === about) this.#news();
    });
    socket.addEventListener("close", lost);
    socket.addEventListener("error", lost);
  }

  #end(): void {
    clearTimeout(this.#retry);
    this.#socket?.close();
    this.#ring();
  }
}

function typeOf(data: unknown): unknown {
  try {
    const message: unknown = typeof data === "string" && data.startsWith("{") ? JSON.parse(data) : undefined;
    return (message as { type?: unknown } | undefined)?.type;
  } catch {
    return undefined;
  }
}

function newSocket(baseUrl: string, { session, developerToken }: Options["credentials"]): WebSocket {
  const url = new URL(`${baseUrl}/api/dashboard/live`);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const headers: Record<string, string> =
    developerToken === undefined
      ? { cookie: `behalfid_developer=${session ?? ""}`, origin: new URL(baseUrl).origin }
      : { "x-developer-token": developerToken };
  // Node's own takes headers, which a browser's does not.
  const Socket = WebSocket as unknown as new (url: URL, init: { headers: typeof headers }) => WebSocket;
  return new Socket(url, { headers });
}
