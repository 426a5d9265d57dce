import { useQuery } from "@tanstack/react-query";
import { Bot } from "lucide-react";
import type { ReactNode } from "react";
import { CodeBlock } from "../../components/code-block.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { ErrorState } from "../../components/error-state.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { type State, StateBadge } from "../../components/state-badge.tsx";
import { Time } from "../../components/time.tsx";
import { Card } from "../../components/ui/card.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { summaryQuery } from "../../data/summary.ts";

const firstAgent = `behalf login --base-url ${window.location.origin}
behalf agents create "Deploy bot" --save
behalf permissions create --requires-approval \\
  --action deploy_production --resource vercel.com
`;

/** The workspace at a glance, or how to begin. */
export function OverviewPage() {
  const { data, error, refetch } = useQuery(summaryQuery);
  return (
    <>
      <PageHeader title="Overview">What waits, what was decided, and who asks.</PageHeader>
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <div className="flex flex-col gap-6">
          <div className="grid gap-4 sm:grid-cols-3">
            <Figure name="Waiting for a person" value={data?.approvals.pending}>
              {data?.approvals.pending === 0 ? (
                <span className="text-12 text-muted">Nothing waits</span>
              ) : (
                <StateBadge state="pending" />
              )}
            </Figure>
            <Figure name="Active agents" value={data?.agents.active}>
              <span className="text-12 text-muted">{data?.agents.disabled ?? 0} disabled</span>
            </Figure>
            <Figure name="Decisions in 24 hours" value={data?.decisions.total}>
              <span className="text-12 text-muted">
                {data?.countedFrom != null ? (
                  <>
                    counted since <Time at={data.countedFrom} />
                  </>
                ) : data?.decisions.total === 0 ? (
                  "No agent has asked yet"
                ) : (
                  "By outcome below"
                )}
              </span>
            </Figure>
          </div>
          {data?.agents.total === 0 ? <NoAgents /> : null}
          {data === undefined || data.decisions.total === 0 ? null : (
            <Card>
              <h2 className="border-b border-line px-4 py-3 text-14 font-semibold">Decisions in 24 hours</h2>
              <dl className="divide-y divide-line">
                <Outcome state="allowed" count={data.decisions.allowed} total={data.decisions.total} />
                <Outcome
                  state="approval_required"
                  count={data.decisions.approvalRequired}
                  total={data.decisions.total}
                />
                <Outcome state="denied" count={data.decisions.denied} total={data.decisions.total} />
              </dl>
            </Card>
          )}
        </div>
      )}
    </>
  );
}

function Figure({ name, value, children }: { name: string; value: number | undefined; children: ReactNode }) {
  return (
    <Card className="flex flex-col gap-2 p-4">
      <h2 className="text-12 font-medium text-muted">{name}</h2>
      <div className="flex flex-wrap items-end justify-between gap-2">
        {value === undefined ? (
          <Skeleton className="h-9 w-16" />
        ) : (
          <span className="tabular text-28 font-semibold">{value.toLocaleString()}</span>
        )}
        {children}
      </div>
    </Card>
  );
}

function Outcome({ state, count, total }: { state: State; count: number; total: number }) {
  return (
    <div className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 px-4">
      <dt>
        <StateBadge state={state} />
      </dt>
      <dd className="tabular text-14">
        {count.toLocaleString()} <span className="text-muted">({Math.round((100 * count) / total)} %)</span>
      </dd>
    </div>
  );
}

function NoAgents() {
  return (
    <EmptyState
      icon={<Bot className="size-5" />}
      title="No agent yet"
      action={<CodeBlock code={firstAgent} language="sh" className="text-left" />}
    >
      Three commands make one: sign in, create the agent, say what it may do. Its key is shown once.
    </EmptyState>
  );
}
