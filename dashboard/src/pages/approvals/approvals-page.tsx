import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Approval } from "../../../../src/contract/approval.ts";
import { ApiError } from "../../api-error.ts";
import { ErrorState } from "../../components/error-state.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { ShowOlder } from "../../components/show-older.tsx";
import { Button } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { approvalListQuery, approvalQuery, refreshApproval } from "../../data/approvals.ts";
import { summaryKey } from "../../data/keys.ts";
import { useIsLive } from "../../data/live.ts";
import { usePageTitle } from "../../lib/page-title.ts";
import { useShortcuts } from "../../lib/shortcuts.ts";
import { useIsWide } from "../../lib/wide.ts";
import { ApprovalCard } from "./approval-card.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { useHeldList } from "./held-list.ts";
import { Liveness } from "./liveness.tsx";
import { NewRequests } from "./new-requests.tsx";
import { NoneOfThese, NothingFound, NothingWaits } from "./no-requests.tsx";
import { NotifyButton } from "./notify-button.tsx";
import { isFound, RequestList } from "./request-list.tsx";
import { CardSkeleton, ListSkeleton } from "./skeletons.tsx";

const pollMs = 1000;
const safetyPollMs = 30_000;

/** What waits for a person and what became of it: a list, and the one request that is read. */
export function ApprovalsPage() {
  const { status: filter = "pending", approvalId, q = "" } = useSearch({ from: "/dashboard/approvals" });
  const navigate = useNavigate({ from: "/dashboard/approvals" });
  const client = useQueryClient();
  const isLive = useIsLive();
  const isWide = useIsWide();
  const searchField = useRef<HTMLInputElement>(null);

  const list = useInfiniteQuery({
    ...approvalListQuery(filter),
    refetchInterval: isLive ? safetyPollMs : pollMs,
  });
  const held = useHeldList(filter, list.data?.pages);
  const byId = (id: string) => client.getQueryData<Approval>(approvalQuery(id).queryKey);
  const shown =
    q.trim() === ""
      ? held.ids
      : held.ids.filter((id) => {
          const approval = byId(id);
          return approval !== undefined && isFound(approval, q.trim());
        });
  // What leaves a list of all was only pushed off its page.
  const settled = filter === "all" ? [] : held.gone.filter((id) => byId(id)?.status !== filter);

  // What has left the list stays on the page, and should say what became of it. One answer is enough for a while
  // unless the feed comes or goes: what was only pushed off its page would be asked for again with every list.
  const answered = useRef(new Map<Approval["approvalId"], number>());
  useEffect(() => answered.current.clear(), [isLive]);
  const gone = list.data === undefined ? "" : held.gone.join(" ");
  useEffect(() => {
    const ids = held.gone.filter((id) => gone !== "" && byId(id)?.status === filter);
    const now = Date.now();
    const isFresh = (at: number) => now - at < safetyPollMs;
    answered.current = new Map([...answered.current].filter(([id, at]) => ids.includes(id) && isFresh(at)));
    for (const id of ids) {
      if (answered.current.has(id)) continue;
      answered.current.set(id, now);
      void refreshApproval(client, id).catch(() => answered.current.delete(id));
    }
  }, [gone, filter, list.dataUpdatedAt]);

  // Where the list is what tells that something has come, the count in the title is told by it, too.
  const listed = list.data?.pages
    .flatMap(({ approvals }) => approvals.map((each) => each.approvalId))
    .join(" ");
  useEffect(() => {
    if (listed !== undefined && filter === "pending") void client.invalidateQueries({ queryKey: summaryKey });
  }, [listed, filter]);

  const select = (id: string | undefined, replace = false) =>
    void navigate({
      search: (search) => ({ ...search, approvalId: id }),
      replace,
      resetScroll: !isWide,
    });

  // Opened by itself: the first one beside the list, and on a phone the only one. Never in place of another, nor
  // again once the person has gone back to the list.
  const wasClosed = useRef(false);
  const [first] = shown;
  const opensFirst = isWide || (held.ids.length === 1 && filter === "pending" && !wasClosed.current);
  useEffect(() => {
    if (approvalId === undefined && first !== undefined && opensFirst) select(first, true);
  }, [approvalId, first, opensFirst]);

  const search = (text: string) =>
    void navigate({ search: (before) => ({ ...before, q: text === "" ? undefined : text }), replace: true });

  const step = (by: 1 | -1) => {
    const at = approvalId === undefined ? -1 : shown.indexOf(approvalId as Approval["approvalId"]);
    const next = shown[at === -1 ? 0 : at + by];
    if (next === undefined) return;
    select(next, true);
    document.querySelector(`[data-approval="${CSS.escape(next)}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    wasClosed.current = true;
    select(undefined);
  };
  useShortcuts([
    { key: "j", label: "Next request", run: () => step(1) },
    { key: "k", label: "Previous request", run: () => step(-1) },
    { key: "/", label: "Search", run: () => searchField.current?.focus() },
    ...(isWide || approvalId === undefined ? [] : [{ key: "u", label: "Back to the list", run: close }]),
  ]);

  usePageTitle("Approvals");
  const hasList = held.ids.length > 0;
  const showsCard = approvalId !== undefined;
  const showsList = isWide || !showsCard;
  const arrived = (
    <NewRequests
      count={hasList ? held.arrived : 0}
      isShort={!showsList}
      onShow={() => {
        held.takeIn();
        window.scrollTo({ top: 0 });
        if (!isWide) close();
      }}
    />
  );
  return (
    <>
      {showsList ? (
        <>
          <PageHeader title="Approvals" actions={<NotifyButton />}>
            <div className="relative w-fit">
              <Liveness isLive={isLive} isFailing={list.isError} />
              <div className="absolute top-1/2 left-full ml-3 -translate-y-1/2">{arrived}</div>
            </div>
          </PageHeader>
          <FilterBar filter={filter} search={q} onSearch={search} searchField={searchField} />
        </>
      ) : (
        <div className="-mt-3 mb-2 flex items-center justify-between gap-2 text-12 text-muted">
          <h1 className="sr-only">Approvals</h1>
          <Button
            look="quiet"
            size="small"
            className="-ml-2"
            icon={<ArrowLeft aria-hidden className="size-4" />}
            onClick={close}
          >
            All requests
          </Button>
          {arrived}
          <Liveness isLive={isLive} isFailing={list.isError} />
        </div>
      )}
      {list.isError && list.data === undefined && !showsCard ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : !showsCard && list.data !== undefined && !hasList ? (
        filter === "pending" ? (
          <NothingWaits />
        ) : (
          <NoneOfThese filter={filter} />
        )
      ) : (
        <div className="grid items-start gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
          {showsList ? (
            <Card className="overflow-hidden lg:sticky lg:top-4 lg:flex lg:max-h-[calc(100dvh-2rem)] lg:flex-col">
              <div className="min-h-0 overflow-y-auto">
                {list.data === undefined ? (
                  <ListSkeleton />
                ) : shown.length > 0 ? (
                  <RequestList ids={shown} selectedId={approvalId} />
                ) : hasList ? (
                  <div className="p-4">
                    <NothingFound search={q} onClear={() => search("")} />
                  </div>
                ) : (
                  <p className="p-4 text-14 text-muted">Nothing {filter === "all" ? "here" : filter}.</p>
                )}
              </div>
              {settled.length > 0 || list.hasNextPage ? (
                <div className="flex flex-wrap justify-between gap-2 border-t border-line p-2">
                  {settled.length > 0 ? (
                    <Button look="quiet" size="small" onClick={held.takeIn}>
                      Remove {settled.length} no longer {filter}
                    </Button>
                  ) : null}
                  <ShowOlder list={list} look="quiet" size="small">
                    Show older
                  </ShowOlder>
                </div>
              ) : null}
            </Card>
          ) : null}
          {showsCard ? (
            <OpenRequest key={approvalId} id={approvalId} isLive={isLive} isAlone={!isWide} />
          ) : isWide && list.data === undefined ? (
            <CardSkeleton />
          ) : null}
        </div>
      )}
    </>
  );
}

function OpenRequest({ id, isLive, isAlone }: { id: string; isLive: boolean; isAlone: boolean }) {
  const { data, error, refetch } = useQuery({
    ...approvalQuery(id),
    refetchInterval: ({ state }) => {
      const isOpen = state.data?.status === "pending" || state.data?.status === "approved";
      return isOpen ? (isLive ? safetyPollMs : pollMs) : false;
    },
  });
  const isShown = data !== undefined;
  // On a phone the card takes the place of the list: so does the focus.
  useEffect(() => {
    if (isAlone && isShown) document.getElementById("approval-title")?.focus({ preventScroll: true });
  }, [isAlone, isShown]);
  if (data !== undefined) return <ApprovalCard approval={data} />;
  if (error === null) return <CardSkeleton />;
  if (error instanceof ApiError && error.status === 404)
    return (
      <Card className="flex flex-col gap-1 p-6">
        <h2 className="text-16 font-semibold">There is no such request in this workspace</h2>
        <p className="text-14 text-muted">
          The link may belong to another workspace or account. Nothing was decided by opening it.
        </p>
      </Card>
    );
  return <ErrorState error={error} onRetry={() => void refetch()} />;
}
