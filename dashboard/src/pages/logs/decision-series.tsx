import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Time } from "../../components/time.tsx";
import { Card } from "../../components/ui/card.tsx";
import { Skeleton } from "../../components/ui/skeleton.tsx";
import { logSeriesQuery, type LogQuery } from "../../data/logs.ts";
import { outcomes } from "./outcomes.ts";

// The charts weigh more than the rest of the page: the list does not wait for them.
const DecisionChart = lazy(async () => ({ default: (await import("./decision-chart.tsx")).DecisionChart }));

/** Decisions over time by outcome, for the agent and the time that are chosen. */
export function DecisionSeries({ filter, span }: { filter: LogQuery; span: string }) {
  const { agentId, from, to, decision } = filter;
  const { data, isError } = useQuery(logSeriesQuery({ agentId, from, to }));
  // The list says what is wrong; a chart that is missing needs no second word.
  if (isError && data === undefined) return null;
  const isNarrower = [filter.q, filter.risk, filter.action, filter.vendor, filter.environment].some(
    (value) => value !== undefined,
  );
  const shown = outcomes.filter(({ kind }) => decision === undefined || kind === decision);
  return (
    <Card className="flex flex-col gap-3 p-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="text-14 font-semibold">
          Decisions over time <span className="font-normal text-muted">{span}</span>
        </h2>
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-12 text-muted">
          {shown.map(({ kind, word, dotClass, count }) => (
            <li key={kind} className="flex items-center gap-1.5">
              <span aria-hidden className={`size-2 rounded-full ${dotClass}`} />
              {word}
              <span className="tabular text-ink">
                {data === undefined ? "" : data.summary[count].toLocaleString()}
              </span>
            </li>
          ))}
        </ul>
      </div>
      {data === undefined ? (
        <Skeleton className="h-32" />
      ) : (
        <Suspense fallback={<Skeleton className="h-32" />}>
          <DecisionChart series={data} shown={shown} />
        </Suspense>
      )}
      {data?.countedFrom == null ? null : (
        <p className="text-12 text-muted">
          There are too many to count them all: what is older than <Time at={data.countedFrom} isExact /> is
          left out.
        </p>
      )}
      {isNarrower ? (
        <p className="text-12 text-muted">
          The chart follows agent, decision and time. The other filters narrow the list alone.
        </p>
      ) : null}
    </Card>
  );
}
