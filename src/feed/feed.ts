import { DurableObject } from "cloudflare:workers";
import { feedCloseCodes, feedPing, feedPong } from "../contract/feed.ts";
import type { AccountId } from "../contract/ids.ts";
import { livingWatchers, unwatch, type Watcher, watcherKey } from "../db/feed.ts";
import { inTime } from "../within.ts";
import { watchSchema } from "./watch-request.ts";

/** How many sockets a feed holds: of one person, and of everyone. */
export const maxSockets = { ofPerson: 20, ofAccount: 500 };

// Looked at so often, a socket whose right has ended is closed within a minute even if one look fails.
const checkMs = 25_000;
const checkDeadlineMs = 8_000;
// Whoever was not found to have the right for so long is told nothing, whatever the reason.
const trustedMs = 55_000;

/** What a socket remembers while the object sleeps. `checkedAt` is when its right was last seen to live. */
type Attachment = Watcher & { accountId: AccountId; checkedAt: number };

/**
 * The live feed of one account: sockets of its people, and what they are told. It keeps no record and nobody
 * relies on it. While nobody watches, it does nothing and is not called.
 */
export class Feed extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    // Answered without waking the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(feedPing, feedPong));
  }

  /** Takes a watcher's WebSocket. 403 for one who may not watch, 429 where there are too many, 503 when that cannot be told. */
  override async fetch(request: Request): Promise<Response> {
    const watch = watchSchema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
    if (!watch.success || request.headers.get("upgrade") !== "websocket")
      return new Response(null, { status: 400 });
    this.#requireMine(watch.data.accountId);
    if (
      this.ctx.getWebSockets().length >= maxSockets.ofAccount ||
      this.ctx.getWebSockets(watch.data.userId).length >= maxSockets.ofPerson
    )
      return new Response(null, { status: 429 });
    const { 0: outside, 1: inside } = new WebSocketPair();
    this.ctx.acceptWebSocket(inside, [watch.data.userId]);
    inside.serializeAttachment({ ...watch.data, checkedAt: 0 } satisfies Attachment);
    // INVARIANT: accepted first and checked then. What ends the right in between closes the socket; the other way
    // round, nobody would look at it before the next round.
    const isKnown = await this.#check(Date.now());
    if (attachmentOf(inside).checkedAt > 0) return new Response(null, { status: 101, webSocket: outside });
    inside.close(feedCloseCodes.tryAgain);
    return new Response(null, { status: isKnown ? 403 : 503 });
  }

  /** Sends these to everyone who may read them. A call for nothing takes the account's mark back, so that no more come. */
  async publish(accountId: AccountId, messages: readonly string[]): Promise<void> {
    this.#requireMine(accountId);
    if (this.ctx.getWebSockets().length === 0) return this.#nobodyWatches(accountId);
    const now = Date.now();
    const isOverdue = (socket: WebSocket) => attachmentOf(socket).checkedAt <= now - trustedMs;
    if (this.ctx.getWebSockets().some(isOverdue)) await this.#check(now);
    for (const socket of this.ctx.getWebSockets()) {
      if (isOverdue(socket)) continue;
      for (const message of messages) {
        try {
          socket.send(message);
        } catch {
          break;
        }
      }
    }
  }

  /** Closes the sockets of those who may not watch any more. */
  async recheck(): Promise<void> {
    if (this.ctx.getWebSockets().length > 0) await this.#check(Date.now());
  }

  override async alarm(): Promise<void> {
    await this.recheck();
  }

  override async webSocketMessage(socket: WebSocket): Promise<void> {
    socket.close(1008, "Nothing is taken here but ping.");
  }

  // Says whether it could be found out. Whoever it could not be found out of for long is closed all the same.
  async #check(now: number): Promise<boolean> {
    const sockets = this.ctx.getWebSockets();
    const watchers = sockets.map(attachmentOf);
    const [first] = watchers;
    if (first === undefined) return true;
    await this.ctx.storage.setAlarm(now + checkMs);
    let living: Set<string>;
    try {
      living = await inTime(checkDeadlineMs, livingWatchers(this.env.DB, first.accountId, watchers, now));
    } catch {
      for (const socket of sockets)
        if (attachmentOf(socket).checkedAt <= now - (trustedMs - checkMs))
          socket.close(feedCloseCodes.tryAgain, "It cannot be told whether you may watch.");
      return false;
    }
    for (const socket of sockets) {
      const attachment = attachmentOf(socket);
      const checkedAt = Math.max(attachment.checkedAt, now);
      if (living.has(watcherKey(attachment))) socket.serializeAttachment({ ...attachment, checkedAt });
      else socket.close(feedCloseCodes.signedOut, "Sign in again.");
    }
    return true;
  }

  async #nobodyWatches(accountId: AccountId): Promise<void> {
    await unwatch(this.env.DB, accountId);
    // Somebody may have come meanwhile and set the mark that this took back.
    await this.recheck();
  }

  // A caller that mixed up two accounts must not show one the other's.
  #requireMine(accountId: AccountId): void {
    if (!this.env.FEED.idFromName(accountId).equals(this.ctx.id))
      throw new Error("This feed belongs to another account.");
  }
}

function attachmentOf(socket: WebSocket): Attachment {
  return socket.deserializeAttachment() as Attachment;
}
