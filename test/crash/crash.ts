// `npm run test:crash [-- --rounds N] [-- --seed S] [-- --hasten]`: kills the whole system at random moments under
// load, starts it again on what it left behind, and holds the promises against what is stored, what clients were told
// and what receivers got. Exits with 1 when one is broken.

import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { audit, deliveryName, isAtRest, repeatsOverCrashes } from "./audit.ts";
import { type Blow, killableSystem } from "./killable-system.ts";
import { recordingReceiver } from "./recording-receiver.ts";
import { seeded } from "./seeded.ts";
import { letTimePass, storedState } from "./stored-state.ts";
import { beginTraffic, openAccount, type Told } from "./traffic.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "10" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    // Lets a minute pass in the database instead of waiting for leases and for the clock.
    hasten: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds);
const seed = Number(options.seed);
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed))
  throw new Error("--rounds and --seed are whole numbers, --rounds from 1 on.");

const clients = 6;
const loadMs = 8000;
// Leases and lost messages are looked at after 30 seconds, by a clock that strikes every minute.
const restMs = 240_000;
const endpoints = ["steady", "moody"] as const;

const random = seeded(seed);
const started = Date.now();
console.log(`Seed ${seed}, ${rounds} rounds.`);

const receiver = await recordingReceiver();
const system = await killableSystem();
const deliveredBefore = new Map<string, number>();
let life = 1;
let isRunning = false;

async function start(): Promise<void> {
  await system.start();
  isRunning = true;
}

/** Kills it, and notes what it had on record as delivered: that must not be sent again. */
async function kill(blow: Blow): Promise<void> {
  isRunning = false;
  await system.kill(blow);
  for (const { endpoint, eventId, state } of storedState(system.stateDir).deliveries) {
    const name = deliveryName(endpoint, eventId);
    if (state === "delivered" && !deliveredBefore.has(name)) deliveredBefore.set(name, life);
  }
  life += 1;
  receiver.nextLife();
}

/** Waits for so many decisions, but not for ever: a machine may be too slow for them. */
async function decisions(told: Told, wanted: number): Promise<void> {
  const deadline = Date.now() + loadMs;
  while (told.packets.length < wanted && Date.now() < deadline) await sleep(5);
}

async function comeToRest(): Promise<void> {
  const deadline = Date.now() + restMs;
  for (;;) {
    if (options.hasten) await system.fireCron();
    await sleep(1000);
    if (isAtRest(storedState(system.stateDir)) || Date.now() > deadline) return;
  }
}

try {
  await start();
  const account = await openAccount(
    system.baseUrl,
    endpoints.map((each) => receiver.url(each)),
  );
  const isUp = async () => {
    for (;;) {
      await sleep(50);
      if (isRunning) return;
    }
  };
  const traffic = beginTraffic(account, random, { clients, isUp });
  for (let round = 1; round <= rounds; round += 1) {
    const wanted = traffic.told.packets.length + Math.round(random.between(5, 80));
    const aimsAtSpend = random.next() < 0.6;
    const pauseMs = random.next() ** 2 * 200;
    const blow = random.pick<Blow>(["everything", "everything", "everything", "start script"]);
    await decisions(traffic.told, wanted);
    // Between the gate's spending and the ledger's record there are a few milliseconds only.
    if (aimsAtSpend) await Promise.race([traffic.nextSpend(), sleep(loadMs)]);
    await sleep(pauseMs);
    await kill(blow);
    console.log(`Round ${round}: killed (${blow}) after ${traffic.told.packets.length} decisions.`);
    if (!options.hasten && random.next() < 0.25) {
      const startingMs = Math.round(random.between(0, 6000));
      system.begin();
      await sleep(startingMs);
      await kill("everything");
      console.log(`         killed again, ${startingMs} ms into its start`);
    }
    if (options.hasten && round === rounds) letTimePass(system.stateDir, 61_000);
    await start();
  }
  await traffic.stop();
  await comeToRest();
  await system.stop();

  const { told } = traffic;
  const stored = storedState(system.stateDir);
  const findings = audit({ stored, told, taken: receiver.taken, endpoints, deliveredBefore });
  console.table(
    findings.map(({ promise, looked, breaches }) => ({
      promise,
      "looked at": looked,
      breaches: breaches.length,
    })),
  );
  console.log(
    `${told.packets.length} decisions were answered and ${told.lost} calls were not; ` +
      `${stored.events.length} events made ${receiver.taken.length} deliveries, of which ` +
      `${repeatsOverCrashes(receiver.taken)} came again because the answer died with the process. ` +
      `${Math.round((Date.now() - started) / 1000)} s.`,
  );
  const breaches = findings.flatMap(({ promise, breaches }) => breaches.map((each) => `${promise}: ${each}`));
  for (const breach of breaches.slice(0, 20)) console.error(`✗ ${breach}`);
  if (breaches.length > 0) {
    console.error(
      `${breaches.length} breaches. Again with: npm run test:crash -- --rounds ${rounds} --seed ${seed}`,
    );
    process.exitCode = 1;
  }
} finally {
  await system.kill("everything");
  system.forget();
  await receiver.close();
}
