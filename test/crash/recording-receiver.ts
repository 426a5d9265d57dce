import { once } from "node:events";
import { createServer } from "node:http";

/** One request as an endpoint got it, and what it answered. `life` counts the starts of the system until then. */
export type Taken = { endpoint: string; eventId: string; status: number; life: number };

export type RecordingReceiver = {
  url(endpoint: string): string;
  /** Everything that came, in its order. */
  readonly taken: readonly Taken[];
  /** From now on, what comes is from the next life of the system. */
  nextLife(): void;
  close(): Promise<void>;
};

/** Endpoints on loopback, named by the path. `moody` refuses the first request for each event, the others take all. */
export async function recordingReceiver(): Promise<RecordingReceiver> {
  const taken: Taken[] = [];
  const known = new Set<string>();
  let life = 1;
  const server = createServer((request, response) => {
    request.resume();
    request.once("end", () => {
      const endpoint = (request.url ?? "").slice(1);
      const eventId = String(request.headers["webhook-id"]);
      const isFirst = !known.has(`${endpoint} ${eventId}`);
      known.add(`${endpoint} ${eventId}`);
      const status = endpoint === "moody" && isFirst ? 500 : 200;
      taken.push({ endpoint, eventId, status, life });
      response.writeHead(status).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver has no port.");
  return {
    url: (endpoint) => `http://127.0.0.1:${address.port}/${endpoint}`,
    taken,
    nextLife: () => {
      life += 1;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
