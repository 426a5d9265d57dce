import type { FeedMessage } from "../contract/feed.ts";
import type { AccountId } from "../contract/ids.ts";
import { feedOf } from "./feed-name.ts";

/**
 * Hands messages to an account's feed. Never rejects: a feed is a hint, and pages that are not told ask. To be
 * called only where D1 says that someone watches, after D1 has what the messages tell of.
 */
export async function tellFeed(
  env: Pick<Env, "FEED">,
  accountId: AccountId,
  messages: readonly FeedMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  try {
    await feedOf(env.FEED, accountId).publish(
      accountId,
      messages.map((message) => JSON.stringify(message)),
    );
  } catch {
    // What is lost here is read by the next refetch.
  }
}

/**
 * Has the feeds of these accounts look again at who may watch: somebody's right to has just ended. Never rejects:
 * a feed looks by itself too.
 */
export async function recheckFeeds(
  env: Pick<Env, "FEED">,
  accountIds: readonly (AccountId | null | undefined)[],
): Promise<void> {
  const feeds = accountIds.flatMap((accountId) => accountId ?? []);
  await Promise.allSettled(feeds.map((accountId) => feedOf(env.FEED, accountId).recheck()));
}
