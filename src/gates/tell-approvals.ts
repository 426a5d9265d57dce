import type { FeedMessage } from "../contract/feed.ts";
import { type ApprovalCopy, approvalsById } from "../db/approvals.ts";
import { tellFeed } from "../feed/tell-feed.ts";

/** Tells the feed of an account how these approvals of it stand in D1, so that what a page reads next agrees. */
export async function tellApprovals(
  env: Pick<Env, "DB" | "FEED">,
  copied: readonly ApprovalCopy[],
  now: number,
): Promise<void> {
  const accountId = copied[0]?.accountId;
  if (accountId === undefined) return;
  const ids = copied.map(({ approvalId }) => approvalId);
  try {
    const approvals = await approvalsById(env.DB, accountId, ids, now);
    // What an approval is bound to has at most some 40 KB, so each goes whole.
    const messages = approvals.map((approval): FeedMessage => {
      const { approvalId, status, version } = approval;
      return { type: "approval", approvalId, status, version, approval };
    });
    await tellFeed(env, accountId, messages);
  } catch {
    // A page that is not told asks.
  }
}
