import { Agent, request } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import autocannon from "autocannon";
import { percentile } from "./statistics.ts";

/** A request that is measured. A body that is a function is another one each time. */
export type Measured = {
  name: string;
  path: string;
  headers: Record<string, string>;
  body: string | (() => string);
};

const longestMs = 3000;

export type ClosedLoop = { rps: number; p50: number; p99: number };

/** So many connections, each of which sends when its last answer has come: for so many seconds, or so many requests. */
export async function closedLoop(
  url: URL,
  { name, path, headers, body }: Measured,
  connections: number,
  length: { seconds: number } | { requests: number },
): Promise<ClosedLoop> {
  const run = await autocannon({
    url: new URL(path, url).href,
    method: "POST",
    headers,
    ...(typeof body === "string"
      ? { body }
      : { requests: [{ setupRequest: (req: autocannon.Request) => ({ ...req, body: body() }) }] }),
    connections,
    ...("seconds" in length ? { duration: length.seconds } : { amount: length.requests }),
  });
  if (run.non2xx > 0 || run.errors > 0)
    throw new Error(`${name}: ${run.non2xx} answers were refused and ${run.errors} failed.`);
  // Autocannon's own average is over whole seconds, and a run of so many requests may not last one.
  return { rps: run["2xx"] / run.duration, p50: run.latency.p50, p99: run.latency.p99 };
}

export type Latencies = { p50: number; p90: number; p99: number; max: number };

/**
 * Requests at even distances, whether earlier ones are answered or not. Each is measured from the moment at which
 * it was meant to be sent, so that a stall counts for everyone who would have waited in it.
 */
export async function evenlySpaced(
  url: URL,
  measured: Measured,
  { rps, seconds }: { rps: number; seconds: number },
): Promise<Latencies> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const start = performance.now() + 50;
  const count = Math.round(rps * seconds);
  const latencies: Promise<number>[] = [];
  try {
    for (let index = 0; index < count; index += 1) {
      const intended = start + (index * 1000) / rps;
      while (performance.now() < intended) await sleep(Math.max(0, intended - performance.now() - 0.5));
      latencies.push(once(url, measured, agent).then(() => performance.now() - intended));
    }
    const sorted = (await Promise.all(latencies)).toSorted((a, b) => a - b);
    return {
      p50: percentile(sorted, 50),
      p90: percentile(sorted, 90),
      p99: percentile(sorted, 99),
      max: percentile(sorted, 100),
    };
  } finally {
    await Promise.allSettled(latencies);
    agent.destroy();
  }
}

/** One after another, for a few seconds at most: the milliseconds of each, without what a queue would add. */
export async function oneByOne(url: URL, measured: Measured, times: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const latencies: number[] = [];
  const start = performance.now();
  for (let time = 0; time < times; time += 1) {
    if (time >= 3 && performance.now() - start > longestMs) break;
    const before = performance.now();
    await once(url, measured, agent);
    latencies.push(performance.now() - before);
  }
  agent.destroy();
  return latencies;
}

function once(url: URL, { name, path, headers, body }: Measured, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const method = body === "" ? "GET" : "POST";
    const sent = request(new URL(path, url), { method, headers, agent }, (answer) => {
      answer.resume();
      answer.on("error", reject);
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`${name}: ${answer.statusCode}`));
      });
    });
    sent.on("error", reject);
    sent.end(typeof body === "string" ? body : body());
  });
}
