import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Approval } from "../../../src/contract/approval.ts";

// RFC 6455 §1.3.
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** A server that lists approvals and has a live feed, and that says how often its list was read. */
export async function liveServer() {
  const pending: Approval[] = [];
  const watchers: { socket: Duplex; headers: IncomingMessage["headers"] }[] = [];
  const state = { lists: 0, hasFeed: true };
  const server = createServer((_request, response) => {
    state.lists += 1;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ approvals: pending, nextCursor: null }));
  });
  server.on("upgrade", ({ headers }: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => undefined);
    if (!state.hasFeed) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    const key = headers["sec-websocket-key"] ?? "";
    const accept = createHash("sha1")
      .update(key + acceptSuffix)
      .digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    // All that a watcher sends is a ping.
    socket.on("data", () => socket.write(frameOf("pong")));
    watchers.push({ socket, headers });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    pending,
    watchers,
    /** Sends a message to everyone who listens, as one short text frame. */
    tell(message: object) {
      for (const { socket } of watchers) socket.write(frameOf(JSON.stringify(message)));
    },
    /** Breaks off every connection of the feed. */
    breakOff() {
      for (const { socket } of watchers.splice(0)) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of watchers) socket.destroy();
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    },
  };
}

function frameOf(message: string): Buffer {
  const text = Buffer.from(message);
  if (text.length > 125) throw new Error("This message needs a longer frame.");
  return Buffer.concat([Buffer.from([0x81, text.length]), text]);
}
