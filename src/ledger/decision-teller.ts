import { maxFeedLogs } from "../contract/feed.ts";
import type { AccountId } from "../contract/ids.ts";
import { type DecisionText, logItem } from "../db/decisions.ts";
import { tellFeed } from "../feed/tell-feed.ts";

/**
 * Tells the feed of an agent's decisions: one call at a time, and what comes meanwhile goes with the next one. A
 * feed that is slow or an agent that is fast makes the messages fewer, not more.
 */
export class DecisionTeller {
  #newest: DecisionText[] = [];
  #count = 0;
  #isTelling = false;

  /** Tells of these, which are in order. Never rejects. */
  async tell(
    env: Pick<Env, "FEED">,
    accountId: AccountId,
    links: readonly DecisionText[],
    agentName: string,
  ): Promise<void> {
    this.#newest = [...this.#newest, ...links].slice(-maxFeedLogs);
    this.#count += links.length;
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      while (this.#count > 0) {
        const logs = this.#newest.map((link) => logItem(link, agentName));
        const count = this.#count;
        this.#newest = [];
        this.#count = 0;
        await tellFeed(env, accountId, [{ type: "decision", count, logs }]);
      }
    } catch {
      // An entry that cannot be shown is the log page's to complain about.
    } finally {
      this.#isTelling = false;
    }
  }
}
