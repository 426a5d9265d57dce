import type { Counted } from "./counts.ts";
import type { Decided } from "./deciding.ts";
import { isolateLimitMiB, type Memory } from "./memory.ts";
import type { Price } from "./prices.ts";
import type { Scaled } from "./scaling.ts";
import type { StartUp } from "./start-up.ts";
import { rounded } from "./statistics.ts";
import type { Paced, Result } from "./throughput.ts";

/** What a run measured. A quick one measures the first two only. */
export type Report = {
  results: Result[];
  counts: Counted[];
  prices: Price[];
  paced?: Paced[];
  scaling?: Scaled[];
  deciding?: Decided[];
  startUp?: StartUp;
  memory?: Memory;
};

/** The report as tables on stdout. */
export function print({ results, counts, prices, paced, scaling, deciding, startUp, memory }: Report): void {
  table(
    "Requests per second, beside a floor of the same run",
    results.map(({ name, concurrency, rps, p50Ms, p99Ms, floorRatio }) => ({
      name,
      concurrency,
      "requests/s": Math.round(rps),
      "p50 ms": p50Ms,
      "p99 ms": p99Ms,
      "of the floor": rounded(floorRatio),
    })),
  );
  table(
    "Latency at a fixed rate, in ms from the moment at which each was meant to be sent",
    paced?.map(({ name, rps, p50, p90, p99, max }) => ({
      name,
      "requests/s": rps,
      p50: rounded(p50),
      p90: rounded(p90),
      p99: rounded(p99),
      max: rounded(max),
    })),
  );
  table(
    "What one costs: trips and rows read on the way to the answer, everything else also after it",
    counts.map(({ name, ...each }) => ({
      name,
      ...Object.fromEntries(Object.entries(each).map(([key, value]) => [key, rounded(value)])),
    })),
  );
  table(
    "Dollars for a million, from what was counted",
    prices.map(({ name, ...each }) => ({
      name,
      ...Object.fromEntries(Object.entries(each).map(([key, value]) => [key, rounded(value)])),
    })),
  );
  table(
    "How cost grows with what is there",
    scaling?.map(({ grows, size, request, p50Ms, rowsRead }) => ({
      grows,
      size,
      request,
      "p50 ms": rounded(p50Ms),
      "rows read": rowsRead,
    })),
  );
  table(
    "Decisions per second, without any I/O, on the same permissions",
    deciding?.map(({ engine, permissions, opsPerSecond }) => ({
      engine,
      permissions,
      "decisions/s": Math.round(opsPerSecond),
    })),
  );
  table("The bundle, and the CPU time of its start", startUp && [startUp]);
  table(
    `Memory: the isolate's is to stay under ${isolateLimitMiB} MiB of its 128 MB`,
    memory && [Object.fromEntries(Object.entries(memory).map(([key, value]) => [key, rounded(value, 1)]))],
  );
}

function table(title: string, rows: readonly object[] | undefined): void {
  if (rows === undefined) return;
  console.log(`\n${title}`);
  console.table(rows);
}
