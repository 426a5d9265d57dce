import { feedMessageSchema } from "../../../contract/feed.ts";
import { feedOf } from "../../../feed/feed-name.ts";
import { watchRequest } from "../../../feed/watch-request.ts";
import { route } from "../../operation.ts";
import { requireOriginHeader } from "../../people/origin.ts";
import type { Person } from "../../people/person.ts";
import { Problem, tooManyRequests } from "../../problem.ts";

const retrySeconds = 30;

export const liveRoute = route(
  {
    method: "get",
    path: "/api/dashboard/live",
    id: "live",
    tag: "Workspace",
    summary: "What happens, as it happens",
    description:
      "A WebSocket. Each message is one JSON text about approvals, decisions or deliveries that lists already show. It is a hint: messages can be lost or come twice, so read what you need when it opens and after a break. Send `ping` and get `pong`; nothing else is taken. With the session cookie the `Origin` must be this site's. It closes with 4401 within a minute, mostly at once, when your session, token or role has ended, and with 1013 when that cannot be told; a person may have 20 open.",
    access: { kind: "person", capability: "read" },
    answers: {
      101: { description: "The WebSocket is open. A message is one of these.", schema: feedMessageSchema },
    },
    problems: ["INVALID_ORIGIN", "UPGRADE_REQUIRED", "RATE_LIMIT_EXCEEDED"],
  },
  async ({ c, env, person }) => {
    if (person.via === "session") requireOriginHeader(c);
    if (c.req.header("Upgrade")?.toLowerCase() !== "websocket")
      throw new Problem("UPGRADE_REQUIRED", { headers: { Upgrade: "websocket" } });
    const { accountId, userId, via } = person;
    const watch = { accountId, userId, via, credentialId: credentialOf(person) };
    const { status, webSocket } = await feedOf(env.FEED, accountId).fetch(watchRequest(watch));
    if (status === 101 && webSocket !== null) return new Response(null, { status, webSocket });
    // It has ended since this request was let in.
    if (status === 403) throw new Problem("AUTH_REQUIRED");
    if (status === 429) throw tooManyRequests(retrySeconds, "Too many live connections are open.");
    throw new Problem("UNAVAILABLE");
  },
);

function credentialOf(person: Person): string {
  return person.via === "session" ? person.sessionId : person.tokenId;
}
