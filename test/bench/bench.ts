// `npm run bench [-- --quick] [-- --json FILE]`: what a verify costs, beside floors measured in the same run.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { count } from "./counts.ts";
import { deciding } from "./deciding.ts";
import { isolateLimitMiB, memory } from "./memory.ts";
import { pricesOf } from "./prices.ts";
import { print, type Report } from "./print.ts";
import { scaling } from "./scaling.ts";
import { setUp } from "./scene.ts";
import { startUp } from "./start-up.ts";
import { startSystem } from "./system.ts";
import { paced, throughput, throughputOfSpends } from "./throughput.ts";

const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
});

// Short turns and many: what disturbs a machine for a second spoils one of them, and a median passes over it.
const quickly = { seconds: 1, rounds: 9, concurrencies: [16] };
const fully = { seconds: 1, rounds: 5, concurrencies: [1, 16, 64] };
const rate = { rps: 100, seconds: 6 };
const spendsCounted = 20;

const report = options.quick ? await quick() : await full();
print(report);
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(report, null, 2));
if (report.memory !== undefined && report.memory.underLoadMiB > isolateLimitMiB)
  throw new Error(`The isolate held more than ${isolateLimitMiB} MiB.`);

async function quick(): Promise<Report> {
  const system = await startSystem();
  try {
    const { floors, allowed, denied, gated } = await setUp(system.url);
    const results = await throughput(system.url, [...floors, allowed, denied, gated], quickly);
    const fresh = await freshScene(system.url);
    const counts = await count(system.url, [fresh.allowed, fresh.denied, fresh.gated]);
    return { results, counts, prices: pricesOf(counts) };
  } finally {
    await system.close();
  }
}

async function full(): Promise<Report> {
  // Each by itself, because they take the processor for themselves.
  const alone = { startUp: await startUp(), deciding: await deciding(), memory: await memoryOfOne() };
  const system = await startSystem();
  try {
    const { url } = system;
    const scene = await setUp(url);
    const { floors, allowed, denied, gated, explain } = scene;
    const repeatable = [...floors, allowed, denied, gated, explain];
    const results = [
      ...(await throughput(url, repeatable, fully)),
      ...(await throughputOfSpends(url, scene, fully)),
    ];
    const pacedResults = await paced(url, [...repeatable, await scene.spend(rate.rps * rate.seconds)], rate);
    const fresh = await freshScene(url);
    const counts = await count(url, [
      fresh.allowed,
      fresh.denied,
      fresh.gated,
      await fresh.spend(spendsCounted),
      fresh.explain,
    ]);
    return {
      results,
      counts,
      prices: pricesOf(counts),
      paced: pacedResults,
      ...alone,
      scaling: await scaling(system, scene),
    };
  } finally {
    await system.close();
  }
}

// Ledgers that let go of a hundred entries while twenty are counted would show a cost that is none of theirs.
function freshScene(url: URL) {
  return setUp(url, "counted@example.com");
}

async function memoryOfOne() {
  const system = await startSystem({ isInspected: true });
  try {
    return await memory(system, await setUp(system.url), 10);
  } finally {
    await system.close();
  }
}
