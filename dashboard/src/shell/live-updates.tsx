import { CancelledError, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { visibleText } from "../../../src/contract/visible-text.ts";
import type { FeedMessage } from "../../../src/contract/feed.ts";
import type { User } from "../../../src/contract/people.ts";
import { activityKey } from "../data/agents.ts";
import { approvalsKey, takeFromFeed } from "../data/approvals.ts";
import { summaryKey } from "../data/keys.ts";
import { listen } from "../data/live.ts";
import { meQuery, whoIsSignedIn } from "../data/session.ts";
import { notify } from "../lib/notifications.ts";
import { enterAnew } from "./enter-anew.ts";

// A busy agent is told of many times a second; nobody reads that fast.
const pauseMs = 500;

/** Keeps every page of the dashboard up to date, and tells the person who looks elsewhere. */
export function LiveUpdates() {
  const client = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    const refresh = new Map<FeedMessage["type"], () => void>([
      [
        "approval",
        paced(() => {
          void client.invalidateQueries({ queryKey: approvalsKey });
          void client.invalidateQueries({ queryKey: summaryKey });
        }),
      ],
      [
        "decision",
        paced(() => {
          void client.invalidateQueries({ queryKey: activityKey });
          void client.invalidateQueries({ queryKey: summaryKey });
        }),
      ],
      ["delivery", paced(() => void client.invalidateQueries({ queryKey: ["webhooks"] }))],
    ]);

    const tell = ({ approvalId, status, approval }: Extract<FeedMessage, { type: "approval" }>) => {
      takeFromFeed(client, approval);
      if (status !== "pending") return;
      const { action, resource, agentName } = approval;
      notify({
        title: `${visibleText(agentName)} waits for you`,
        body: visibleText(action) + (resource === null ? "" : ` on ${visibleText(resource)}`),
        tag: approvalId,
        onClick: () => void navigate({ to: "/dashboard/approvals", search: { approvalId } }),
      });
    };

    return listen({
      onOpen: () => {
        for (const act of refresh.values()) act();
      },
      onMessage: (message) => {
        if (message.type === "approval") tell(message);
        refresh.get(message.type)?.();
      },
      onSignedOut: () => void moveOn(client),
    });
  }, [client, navigate]);
  return null;
}

// Whoever was only put out of this workspace is still somebody, and goes on in another.
async function moveOn(client: QueryClient): Promise<void> {
  // Signed out on this page, which is on its way already.
  if (client.getQueryData(meQuery.queryKey) === null) return;
  let user: User | null;
  try {
    // Under a key of its own: the other workspace's name would stand over what the page still shows of this one.
    user = await client.fetchQuery({
      queryKey: ["who-goes-on"],
      queryFn: () => whoIsSignedIn(),
      staleTime: 0,
      gcTime: 0,
    });
  } catch (error) {
    // Signed out on this page meanwhile, which has emptied the cache.
    if (error instanceof CancelledError) return;
    // No feed comes here any more. The page that is loaded asks again before it shows anything.
    return enterAnew();
  }
  if (user !== null) return enterAnew();
  // The refusal of this leads to the sign-in page.
  await client.invalidateQueries({ queryKey: summaryKey });
}

/** Acts at once, and when it is called again soon after, once more when the pause is over. */
function paced(act: () => void): () => void {
  let isPausing = false;
  let isCalled = false;
  const run = () => {
    isPausing = true;
    isCalled = false;
    act();
    setTimeout(() => {
      isPausing = false;
      if (isCalled) run();
    }, pauseMs);
  };
  return () => {
    if (isPausing) isCalled = true;
    else run();
  };
}
