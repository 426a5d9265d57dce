// `npm run bench [-- --quick] [-- --json FILE]`: what a verify costs, beside floors measured in the same run.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import autocannon from "autocannon";
import * as z from "zod";
import { startSystem } from "./system.ts";
import { setUp, type Verify } from "./verifies.ts";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
});

const seconds = options.quick ? 3 : 8;
const rounds = options.quick ? 3 : 5;
const concurrencies = options.quick ? [16] : [1, 16, 64];
const floor = "floor-d1-and-object";

type Result = {
  name: string;
  concurrency: number;
  rps: number;
  p50Ms: number;
  p99Ms: number;
  /** Requests per second as a part of the floor's, measured right before: the median over the rounds. */
  floorRatio: number;
};

const system = await startSystem();

async function load({ path, headers, body }: Verify, connections: number, duration: number) {
  const run = await autocannon({
    url: new URL(path, system.url).href,
    method: "POST",
    headers,
    body,
    connections,
    duration,
  });
  if (run.non2xx > 0 || run.errors > 0)
    throw new Error(`${path}: ${run.non2xx} answers were refused and ${run.errors} failed.`);
  return { rps: run.requests.average, p50: run.latency.p50, p99: run.latency.p99 };
}

async function measure(verifies: Verify[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const each of verifies) await load(each, 16, 1);
  for (const concurrency of concurrencies) {
    const rows = new Map(
      verifies.map(({ name }) => [name, [] as (Awaited<ReturnType<typeof load>> & { ratio: number })[]]),
    );
    for (let round = 0; round < rounds; round += 1) {
      for (const each of verifies) {
        // The machine's speed drifts: what is compared is measured side by side.
        const { rps: floorRps } = await load(
          verifyNamed(verifies, floor),
          concurrency,
          Math.max(2, seconds / 2),
        );
        const run = await load(each, concurrency, seconds);
        rows.get(each.name)?.push({ ...run, ratio: run.rps / floorRps });
      }
    }
    for (const [name, runs] of rows)
      results.push({
        name,
        concurrency,
        rps: median(runs.map(({ rps }) => rps)),
        p50Ms: median(runs.map(({ p50 }) => p50)),
        p99Ms: median(runs.map(({ p99 }) => p99)),
        floorRatio: median(runs.map(({ ratio }) => ratio)),
      });
  }
  return results;
}

function verifyNamed(verifies: Verify[], name: string): Verify {
  const found = verifies.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

const countsSchema = z.object({
  d1Statements: z.number(),
  durableObjectCalls: z.number(),
  rowsRead: z.number(),
  rowsWritten: z.number(),
  queueMessages: z.number(),
});
type Counted = z.infer<typeof countsSchema> & { name: string };

/**
 * What one verify costs. Statements, calls and rows read are those on the way to the answer; rows written and
 * queue messages are all that it leads to, in D1 and the queue, also after the answer.
 */
async function count(verifies: Verify[]): Promise<Counted[]> {
  const counts: Counted[] = [];
  const times = 20;
  for (const { name, path, headers, body } of verifies) {
    if (!name.startsWith("verify")) continue;
    await idle();
    const before = await later();
    let last = countsSchema.parse(before);
    for (let time = 0; time < times; time += 1) {
      const answer = await fetch(new URL(`/counted${path}`, system.url), { method: "POST", headers, body });
      last = z.object({ counts: countsSchema }).parse(await answer.json()).counts;
    }
    await idle();
    const after = await later();
    counts.push({
      name,
      d1Statements: last.d1Statements,
      durableObjectCalls: last.durableObjectCalls,
      rowsRead: last.rowsRead,
      rowsWritten: last.rowsWritten + (after.rowsWritten - before.rowsWritten) / times,
      queueMessages: last.queueMessages + (after.queueMessages - before.queueMessages) / times,
    });
  }
  return counts;
}

async function later() {
  return countsSchema.parse(await (await fetch(new URL("/later", system.url))).json());
}

/** Waits until the drains have come to rest. */
async function idle(): Promise<void> {
  for (let seen = ""; ;) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = JSON.stringify(await later());
    if (now === seen) return;
    seen = now;
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function print(results: Result[], counts: Counted[]): void {
  console.table(
    results.map(({ name, concurrency, rps, p50Ms, p99Ms, floorRatio }) => ({
      name,
      concurrency,
      "requests/s": Math.round(rps),
      "p50 ms": p50Ms,
      "p99 ms": p99Ms,
      "of the floor": Number(floorRatio.toFixed(2)),
    })),
  );
  console.table(counts);
}

try {
  const verifies = await setUp(system.url);
  const results = await measure(verifies);
  const counts = await count(verifies);
  print(results, counts);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify({ results, counts }, null, 2));
} finally {
  await system.close();
}
