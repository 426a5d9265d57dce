import type { AccountId } from "../../contract/ids.ts";
import { recheckFeeds } from "../../feed/tell-feed.ts";
import type { AppContext } from "../context.ts";

/** Somebody's right to read these accounts may have ended: their live feeds close what it opened. */
export function endWatching(c: AppContext, ...accountIds: (AccountId | null | undefined)[]): void {
  c.executionCtx.waitUntil(recheckFeeds(c.env, accountIds));
}
