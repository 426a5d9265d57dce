import { createServer } from "node:http";

export type Receiver = {
  url: string;
  received: { headers: Record<string, string>; body: string; path: string }[];
  close: () => void;
};

/** Takes webhooks on this machine, except at /gone, which answers 410. */
export async function startReceiver(): Promise<Receiver> {
  const received: Receiver["received"] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const path = request.url ?? "";
      received.push({ headers: request.headers as Record<string, string>, body, path });
      response.writeHead(path === "/gone" ? 410 : 200).end(path === "/gone" ? "moved away" : "thank you");
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver has no port.");
  return { url: `http://localhost:${address.port}`, received, close: () => server.close() };
}
