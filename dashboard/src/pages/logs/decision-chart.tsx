import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { LogSeries } from "../../../../src/contract/log-series.ts";
import { clockTime, exactTime } from "../../lib/time-text.ts";
import type { outcomes } from "./outcomes.ts";

const dayMs = 86_400_000;
const date = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

type DecisionChartProps = { series: LogSeries; shown: typeof outcomes };

/** Counts as stacked bars, and as a table for those who do not see them. */
export function DecisionChart({ series, shown }: DecisionChartProps) {
  const span = Date.parse(series.to) - Date.parse(series.from);
  const tick = (at: string) => (span > 2 * dayMs ? date.format(Date.parse(at)) : clockTime(Date.parse(at)));
  const total = shown.reduce((sum, { count }) => sum + series.summary[count], 0);
  const busy = series.buckets.filter((bucket) => shown.some(({ count }) => bucket[count] > 0));
  const said = shown.map(({ word, count }) => `${series.summary[count]} ${word.toLowerCase()}`).join(", ");
  return (
    <div>
      <div role="img" aria-label={`Decisions over time: ${said}`} className="h-32 overflow-hidden text-12">
        {total === 0 ? (
          <p className="flex h-full items-center justify-center text-14 text-muted">
            None were made in this time.
          </p>
        ) : (
          <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 320, height: 128 }}>
            <BarChart
              data={series.buckets}
              margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
              barCategoryGap="15%"
              accessibilityLayer={false}
            >
              <CartesianGrid vertical={false} stroke="var(--line)" />
              <XAxis
                dataKey="from"
                tickFormatter={tick}
                tickLine={false}
                axisLine={{ stroke: "var(--line-strong)" }}
                tick={{ fill: "var(--faint)", fontSize: 12 }}
                minTickGap={48}
                height={20}
              />
              <YAxis
                width={36}
                allowDecimals={false}
                tickCount={3}
                tickLine={false}
                axisLine={false}
                tick={{ fill: "var(--faint)", fontSize: 12 }}
              />
              <Tooltip
                isAnimationActive={false}
                cursor={{ fill: "var(--hover)" }}
                content={({ active, label }) => (
                  <Bucket
                    bucket={active ? series.buckets.find(({ from }) => from === label) : undefined}
                    bucketMs={series.bucketMs}
                    shown={shown}
                  />
                )}
              />
              {shown.map(({ count, colour }) => (
                <Bar key={count} dataKey={count} stackId="all" fill={colour} isAnimationActive={false} />
              ))}
            </BarChart>
          </ResponsiveContainer>
        )}
      </div>
      <div className="relative h-0 overflow-hidden">
        <table className="sr-only">
          <caption>Decisions over time</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              {shown.map(({ count, word }) => (
                <th key={count} scope="col">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {busy.map((bucket) => (
              <tr key={bucket.from}>
                <th scope="row">{exactTime(Date.parse(bucket.from))}</th>
                {shown.map(({ count }) => (
                  <td key={count}>{bucket[count]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

type BucketProps = {
  bucket: LogSeries["buckets"][number] | undefined;
  bucketMs: number;
  shown: typeof outcomes;
};

function Bucket({ bucket, bucketMs, shown }: BucketProps) {
  if (bucket === undefined) return null;
  const from = Date.parse(bucket.from);
  return (
    <div className="rounded-md border border-line bg-raised px-3 py-2 text-12 shadow-lift">
      <p className="mb-1 font-medium whitespace-nowrap">
        {date.format(from)}, {clockTime(from)} – {clockTime(from + bucketMs)}
      </p>
      {shown.map(({ count, word, dotClass }) => (
        <p key={count} className="flex items-center gap-1.5 text-muted">
          <span aria-hidden className={`size-2 rounded-full ${dotClass}`} />
          {word}
          <span className="tabular ml-auto pl-4 text-ink">{bucket[count].toLocaleString()}</span>
        </p>
      ))}
    </div>
  );
}
