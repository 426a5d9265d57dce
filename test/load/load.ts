// `npm run test:load [-- --seconds N] [-- --clients N]`: half an hour of mixed traffic against the product in workerd,
// and then more than its limits allow. Exits with 1 when memory grows, when anything fails that is not documented
// to, or when too much is answered with anything but a refusal.

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { hold } from "./hold.ts";
import { startLoadedSystem } from "./loaded-system.ts";
import { type BurstReport, crowd, floodOf, guesses } from "./overload.ts";
import { newTenant } from "./tenant.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "1800" },
    clients: { type: "string", default: "8" },
    rest: { type: "string", default: "10" },
  },
});
const [seconds, clients, restMs] = [options.seconds, options.clients, options.rest].map(Number);
if (!(Number(seconds) > 0 && Number(clients) > 0 && Number(restMs) >= 0))
  throw new Error("--seconds, --clients and --rest are numbers.");

const system = await startLoadedSystem();
try {
  const tenant = await newTenant(system.baseUrl, 5);
  const began = Date.now();
  const progress = setInterval(() => {
    const at = Math.round((Date.now() - began) / 1000);
    console.log(`${at} s: workerd holds ${Math.round(system.memoryMb())} MB`);
  }, 60_000);
  const held = await hold(tenant, {
    seconds: seconds ?? 0,
    clients: clients ?? 0,
    restMs: restMs ?? 0,
    memoryMb: () => system.memoryMb(),
  });
  clearInterval(progress);
  const total = Object.values(held.calls).reduce((sum, { count }) => sum + count, 0);
  console.table(held.calls);
  console.log(
    `${total} calls in ${seconds} s, ${held.refused} refused as documented, ${held.errors.length} errors. workerd: ` +
      `${Math.round(held.memory.firstMb)} MB after the warm-up, ${Math.round(held.memory.lastMb)} MB at the end, ` +
      `${Math.round(held.memory.highestMb)} MB at most.`,
  );
  const errors = [...held.errors];
  if (!held.memory.isFlat) errors.push("Memory grew.");

  const bursts: [string, () => Promise<BurstReport>][] = [
    ["as many verifies as take 10 s, at once", () => floodOf(tenant, 10)],
    ["200 requests for a person at once", () => crowd(tenant, 200)],
    ["900 guesses at keys", () => guesses(tenant, 900)],
  ];
  for (const [name, run] of bursts) {
    const report = await run();
    const { statuses, slowestMs } = report;
    console.log(`${name}: ${JSON.stringify(statuses)}, the slowest after ${slowestMs} ms.`);
    errors.push(...report.errors.map((error) => `${name}: ${error}`));
    // Until the crowd is forgotten.
    await sleep(4000);
  }
  for (const error of [...new Set(errors)].slice(0, 20)) console.error(`✗ ${error}`);
  if (errors.length > 0) process.exitCode = 1;
} finally {
  await system.stop();
}
