import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the server behaves, as its callers see it. */
export type Weather = "well" | "killed" | "slow" | "garbage" | "moved";

/** What stands before the real server and can keep its answers back: a network on a bad day. */
export async function front(target: string) {
  let weather: Weather = "well";
  const answers: Record<Weather, (incoming: IncomingMessage, response: ServerResponse) => void> = {
    well: (incoming, response) => {
      const { method, url, headers } = incoming;
      const forwarded = request(target + (url ?? ""), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      forwarded.on("error", () => response.destroy());
      incoming.pipe(forwarded);
    },
    killed: (incoming) => incoming.socket.destroy(),
    slow: () => undefined,
    // What would be an allow, were it whole.
    garbage: (_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end('{"requestId":"req_1","allowed":true,"approvalRequired":false,"nextAction":"proceed"');
    },
    moved: (_, response) => void response.writeHead(307, { location: "http://localhost:1/" }).end(),
  };
  const server = createServer((incoming, response) => answers[weather](incoming, response)).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    turn: (to: Weather) => {
      weather = to;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
