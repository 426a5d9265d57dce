import * as z from "zod";
import { accountIdSchema, sessionIdSchema, tokenIdSchema, userIdSchema } from "../contract/ids.ts";
import type { AccountId } from "../contract/ids.ts";
import type { Watcher } from "../db/feed.ts";

const whose = { accountId: accountIdSchema, userId: userIdSchema };

/** What a feed is told in the address of a watch: whose feed is meant, who watches, and by what. */
export const watchSchema = z.discriminatedUnion("via", [
  z.object({ ...whose, via: z.literal("session"), credentialId: sessionIdSchema }),
  z.object({ ...whose, via: z.literal("token"), credentialId: tokenIdSchema }),
]);

/** The request that asks a feed for a WebSocket. */
export function watchRequest(watch: Watcher & { accountId: AccountId }): Request {
  const query = new URLSearchParams(watch);
  return new Request(`https://feed/watch?${query.toString()}`, { headers: { Upgrade: "websocket" } });
}
