import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Download, RotateCw, ScrollText, ShieldCheck } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import type { LogItem, LogPage } from "../../../../src/contract/log.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { ShowOlder } from "../../components/show-older.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Button, buttonClass } from "../../components/ui/button.tsx";
import { Card } from "../../components/ui/card.tsx";
import { Time } from "../../components/time.tsx";
import { SkeletonRows } from "../../components/ui/skeleton.tsx";
import { exportHref, type LogQuery, logsQuery } from "../../data/logs.ts";
import { useShortcuts } from "../../lib/shortcuts.ts";
import { DecisionSeries } from "./decision-series.tsx";
import { LogDetails } from "./log-details.tsx";
import { LogFilters } from "./log-filters.tsx";
import { isFiltered, logQueryOf, type LogSearch, logSearchOf, ranges } from "./log-search.ts";
import { LogTable } from "./log-table.tsx";
import { VerifyLedgerDialog } from "./verify-ledger-dialog.tsx";

const useLogs = (filter: LogQuery) => useInfiniteQuery(logsQuery(filter));
type Logs = ReturnType<typeof useLogs>;

/** Every decision on record: filtered, read in detail, exported and verified. */
export function LogsPage() {
  const inAddress = useSearch({ from: "/dashboard/logs" });
  const search = useMemo(() => logSearchOf(inAddress), [inAddress]);
  const navigate = useNavigate({ from: "/dashboard/logs" });
  const [asOf, setAsOf] = useState(() => Date.now());
  const filter = useMemo(() => logQueryOf(search, asOf), [search, asOf]);
  const list = useLogs(filter);
  const rows = useMemo(() => list.data?.pages.flatMap(({ logs }) => logs) ?? [], [list.data]);
  const [verifying, setVerifying] = useState<{ agentId: string | undefined }>();
  const searchRef = useRef<HTMLInputElement>(null);
  useShortcuts([{ key: "/", label: "Search", run: () => searchRef.current?.focus() }]);

  const change = (change: Partial<LogSearch>, isStep = false) => {
    const next = { ...search, ...change };
    void navigate({
      search: Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)),
      // Opening a decision is a step that Back undoes; each letter of a search is not.
      replace: !isStep,
      resetScroll: false,
    });
  };
  const refresh = () => {
    setAsOf(Date.now());
    void list.refetch();
  };
  const open = (requestId: string | undefined) => change({ requestId }, requestId !== undefined);

  return (
    <>
      <PageHeader
        title="Logs"
        actions={
          <>
            <Button
              icon={<ShieldCheck aria-hidden className="size-4" />}
              onClick={() => setVerifying({ agentId: search.agentId })}
            >
              <span>
                Verify<span className="max-sm:sr-only"> a ledger</span>
              </span>
            </Button>
            <Export href={exportHref(filter, "csv")} name="CSV" />
            <Export href={exportHref(filter, "ndjson")} name="NDJSON" />
          </>
        }
      >
        Every decision, on record before its answer left.
      </PageHeader>
      <div className="flex flex-col gap-4">
        <LogFilters
          search={search}
          searchRef={searchRef}
          onChange={(next) => {
            setAsOf(Date.now());
            change(next);
          }}
          onClear={() => void navigate({ search: {}, resetScroll: false })}
        />
        <DecisionSeries filter={filter} span={spanOf(search)} />
        <div className="flex min-h-9 flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <Counts page={list.data?.pages[0]} />
          <Button
            look="quiet"
            size="small"
            isBusy={list.isRefetching}
            icon={<RotateCw aria-hidden className="size-4" />}
            onClick={refresh}
          >
            Refresh
          </Button>
        </div>
        <List
          list={list}
          rows={rows}
          isFiltered={isFiltered(search)}
          openId={search.requestId}
          onOpen={open}
        />
      </div>
      <LogDetails
        requestId={search.requestId}
        listed={rows.find(({ requestId }) => requestId === search.requestId)}
        onClose={() => open(undefined)}
        onVerify={(agentId) => {
          open(undefined);
          setVerifying({ agentId });
        }}
      />
      <VerifyLedgerDialog
        key={verifying?.agentId ?? ""}
        isOpen={verifying !== undefined}
        agentId={verifying?.agentId}
        onClose={() => setVerifying(undefined)}
        onShow={(requestId) => {
          setVerifying(undefined);
          open(requestId);
        }}
      />
    </>
  );
}

// What the API counts where no time is chosen is a day: the list goes back further.
function spanOf({ range, from, to }: LogSearch): string {
  if (range !== undefined) return `in the ${ranges[range].label.toLowerCase()}`;
  return from === undefined && to === undefined ? "in the last 24 hours" : "";
}

// A plain link: the browser saves the stream as it comes, however long it is.
function Export({ href, name }: { href: string; name: string }) {
  return (
    <a href={href} download className={buttonClass()}>
      <Download aria-hidden className="size-4" />
      <span className="sr-only">Export what is filtered as </span>
      {name}
    </a>
  );
}

function Counts({ page }: { page: LogPage | undefined }) {
  if (page === undefined) return <span />;
  const { summary, countedFrom } = page;
  return (
    <p className="tabular flex flex-wrap items-center gap-x-4 gap-y-1 text-12 text-muted" aria-live="polite">
      <span className="font-medium text-ink">
        {summary.total.toLocaleString()} {summary.total === 1 ? "decision" : "decisions"}
      </span>
      <span>{summary.allowed.toLocaleString()} allowed</span>
      <span>{summary.approvalRequired.toLocaleString()} approval required</span>
      <span>{summary.denied.toLocaleString()} denied</span>
      {countedFrom === undefined ? null : (
        <span>
          counted since <Time at={countedFrom} />
        </span>
      )}
    </p>
  );
}

type ListProps = {
  list: Logs;
  rows: readonly LogItem[];
  isFiltered: boolean;
  openId: string | undefined;
  onOpen: (requestId: string) => void;
};

function List({ list, rows, isFiltered, openId, onOpen }: ListProps) {
  if (list.error !== null && rows.length === 0)
    return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending)
    return (
      <Card className="overflow-hidden">
        <SkeletonRows rows={12} label="Loading the decisions" />
      </Card>
    );
  if (rows.length === 0 && !list.hasNextPage) return isFiltered ? <NothingFound /> : <NothingYet />;
  return (
    <>
      {rows.length === 0 ? (
        <p className="text-center text-12 text-muted">None of the newest decisions passes these filters.</p>
      ) : (
        <LogTable rows={rows} openId={openId} onOpen={({ requestId }) => onOpen(requestId)} />
      )}
      {list.error === null || list.isFetchNextPageError ? null : (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.hasNextPage ? (
        <ShowOlder list={list}>Show older decisions</ShowOlder>
      ) : (
        <p className="text-center text-12 text-faint">That is all of them.</p>
      )}
    </>
  );
}

function NothingFound() {
  return (
    <EmptyState icon={<ScrollText className="size-5" />} title="No decision passes these filters">
      Action, vendor and environment must match exactly. The search looks into action, vendor, reason, request
      and agent.
    </EmptyState>
  );
}

function NothingYet() {
  return (
    <EmptyState
      icon={<ScrollText className="size-5" />}
      title="Nothing was decided yet"
      action={
        <div className="flex flex-wrap justify-center gap-2">
          <StateBadge state="allowed" />
          <StateBadge state="approval_required" />
          <StateBadge state="denied" />
        </div>
      }
    >
      Each time an agent asks, its answer appears here with one of these three outcomes, chained to the one
      before. The{" "}
      <Link to="/docs" className="text-accent-ink underline">
        quickstart
      </Link>{" "}
      makes the first.
    </EmptyState>
  );
}
