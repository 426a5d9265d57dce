import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestProject } from "vitest/node";

/** A request as a receiver got it. Header names are in lower case. */
export type Received = { method: string; headers: Record<string, string>; body: string; at: number };

export type Receiver = {
  /** The address of a mailbox that answers as `behaviour` says; see `answer`. */
  url(mailbox: string, behaviour?: Record<string, string | number>): string;
  received(mailbox: string): Received[];
  close(): Promise<void>;
};

/**
 * A webhook receiver on loopback. The path names a mailbox; the query says how it answers:
 * `status`, `body`, `location`; `fail=n`: 500 to the first n requests for each event; `delay=ms` before the
 * answer; `hang`: never answers; `echo=n`: the body that came, after n characters; `stream`: 200, and a body without end; `big`: 200, and 10 MB.
 *
 * GET gives what a mailbox has received, or the text in `get`.
 */
export async function startReceiver(port = 0): Promise<Receiver> {
  const mailboxes = new Map<string, Received[]>();
  const mailbox = (name: string) => {
    const box = mailboxes.get(name) ?? [];
    mailboxes.set(name, box);
    return box;
  };

  const server = createServer((request, response) => {
    void receive(request, response).catch(() => response.destroy());
  });

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    const box = mailbox(url.pathname.slice(1));
    if (request.method === "GET") {
      response.statusCode = Number(url.searchParams.get("status") ?? 200);
      response.setHeader("Content-Type", "application/json");
      response.end(url.searchParams.get("get") ?? JSON.stringify(box));
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const body = Buffer.concat(chunks).toString("utf8");
    box.push({ method: request.method ?? "", headers, body, at: Date.now() });
    if (url.searchParams.has("echo"))
      url.searchParams.set("body", "x".repeat(Number(url.searchParams.get("echo"))) + body);
    await answer(response, url.searchParams, attemptsOf(box, headers["webhook-id"]));
  }

  server.listen(port, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver has no port.");
  const base = `http://127.0.0.1:${address.port}`;
  return {
    url: (name, behaviour = {}) => {
      const url = new URL(`/${name}`, base);
      for (const [key, value] of Object.entries(behaviour)) url.searchParams.set(key, String(value));
      return url.href;
    },
    received: (name) => mailboxes.get(name) ?? [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function attemptsOf(box: readonly Received[], eventId: string | undefined): number {
  return box.filter(({ headers }) => headers["webhook-id"] === eventId).length;
}

async function answer(response: ServerResponse, how: URLSearchParams, attempt: number): Promise<void> {
  if (how.has("hang")) return;
  if (how.has("delay")) await sleep(Number(how.get("delay")));
  const isFailing = attempt <= Number(how.get("fail") ?? 0);
  response.statusCode = isFailing ? 500 : Number(how.get("status") ?? 200);
  const location = how.get("location");
  if (location !== null) response.setHeader("Location", location);
  if (how.has("big")) {
    response.end("x".repeat(10_000_000));
    return;
  }
  if (how.has("stream")) {
    while (!response.destroyed) {
      response.write("for ever and ever ");
      await sleep(10);
    }
    return;
  }
  response.end(how.get("body") ?? "");
}

/** For tests inside workerd, which cannot listen: one receiver beside them, at the address `inject("receiver")`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const receiver = await startReceiver();
  project.provide("receiver", new URL(receiver.url("")).origin);
  return () => receiver.close();
}
