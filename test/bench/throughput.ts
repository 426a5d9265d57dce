import { closedLoop, evenlySpaced, type ClosedLoop, type Latencies, type Measured } from "./load.ts";
import { floorName, type Scene } from "./scene.ts";
import { median } from "./statistics.ts";

export type Result = {
  name: string;
  concurrency: number;
  rps: number;
  p50Ms: number;
  p99Ms: number;
  /** Requests per second as a part of the floor's, measured right before: the median over the rounds. */
  floorRatio: number;
};

export type Paced = { name: string; rps: number } & Latencies;

export type Effort = { seconds: number; rounds: number; concurrencies: readonly number[] };

/** Requests per second of each, beside the floor's. The machine's speed drifts: what is compared goes in turns. */
export async function throughput(
  url: URL,
  measured: readonly Measured[],
  { seconds, rounds, concurrencies }: Effort,
): Promise<Result[]> {
  const floor = floorOf(measured);
  for (const each of measured) await closedLoop(url, each, 16, { seconds: 1 });
  const results: Result[] = [];
  for (const concurrency of concurrencies) {
    const runs = new Map(measured.map(({ name }) => [name, [] as Run[]]));
    for (let round = 0; round < rounds; round += 1) {
      for (const each of measured) {
        // As long as what it is compared with: a checkpoint stalls everything about once in a second.
        const runOf = (one: Measured) => closedLoop(url, one, concurrency, { seconds });
        // Who comes first finds another machine than who comes second: they take turns.
        const isFirst = round % 2 === 1;
        const early = isFirst ? await runOf(each) : undefined;
        const beside = await runOf(floor);
        const run = early ?? (await runOf(each));
        runs.get(each.name)?.push({ ...run, ratio: run.rps / beside.rps });
      }
    }
    for (const [name, of] of runs) results.push(resultOf(name, concurrency, of));
  }
  return results;
}

/** The same where each request can be made once: the supply is brought before each run. */
export async function throughputOfSpends(
  url: URL,
  { floors, spend }: Scene,
  { rounds, concurrencies }: Effort,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const concurrency of concurrencies) {
    const runs: Run[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const requests = concurrency === 1 ? 60 : 200;
      const each = await spend(requests);
      const beside = await closedLoop(url, floorOf(floors), concurrency, { seconds: 1 });
      const run = await closedLoop(url, each, concurrency, { requests });
      runs.push({ ...run, ratio: run.rps / beside.rps });
    }
    results.push(resultOf("verify-gated-spend", concurrency, runs));
  }
  return results;
}

/** Percentiles at a rate that the machine takes without effort. */
export async function paced(
  url: URL,
  measured: readonly Measured[],
  rate: { rps: number; seconds: number },
): Promise<Paced[]> {
  const results: Paced[] = [];
  for (const each of measured)
    results.push({ name: each.name, rps: rate.rps, ...(await evenlySpaced(url, each, rate)) });
  return results;
}

type Run = ClosedLoop & { ratio: number };

function resultOf(name: string, concurrency: number, runs: readonly Run[]): Result {
  return {
    name,
    concurrency,
    rps: median(runs.map(({ rps }) => rps)),
    p50Ms: median(runs.map(({ p50 }) => p50)),
    p99Ms: median(runs.map(({ p99 }) => p99)),
    floorRatio: median(runs.map(({ ratio }) => ratio)),
  };
}

function floorOf(measured: readonly Measured[]): Measured {
  const found = measured.find(({ name }) => name === floorName);
  if (found === undefined) throw new Error(`There is no ${floorName}.`);
  return found;
}
