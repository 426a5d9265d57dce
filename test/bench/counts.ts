import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import type { Measured } from "./load.ts";

const onTheWaySchema = z.object({
  d1Statements: z.number(),
  durableObjectCalls: z.number(),
  rowsRead: z.number(),
  rowsWritten: z.number(),
  queueMessages: z.number(),
});
const laterSchema = onTheWaySchema.extend({ objectRowsRead: z.number(), objectRowsWritten: z.number() });

export type Counted = z.infer<typeof laterSchema> & { name: string };

const times = 20;

/**
 * What one verify costs, on average over twenty in a row. Statements, calls and rows read are those on the way to
 * the answer; rows written, queue messages and the rows in objects are all that it leads to, also after the answer.
 */
export async function count(url: URL, measured: readonly Measured[]): Promise<Counted[]> {
  const counts: Counted[] = [];
  for (const each of measured) {
    await idle(url);
    const before = await later(url);
    let last = await countedOnce(url, each);
    for (let time = 1; time < times; time += 1) last = await countedOnce(url, each);
    await idle(url);
    const after = await later(url);
    const led = (name: keyof typeof after) => (after[name] - before[name]) / times;
    counts.push({
      name: each.name,
      ...last,
      rowsWritten: last.rowsWritten + led("rowsWritten"),
      queueMessages: last.queueMessages + led("queueMessages"),
      objectRowsRead: led("objectRowsRead"),
      objectRowsWritten: led("objectRowsWritten"),
    });
  }
  return counts;
}

/** One request, and what it cost on the way to its answer. */
export async function countedOnce(url: URL, { path, headers, body }: Measured) {
  const method = body === "" ? "GET" : "POST";
  const answer = await fetch(new URL(`/counted${path}`, url), {
    method,
    headers,
    ...(method === "GET" ? {} : { body: typeof body === "string" ? body : body() }),
  });
  const { status, counts } = z
    .object({ status: z.number(), counts: onTheWaySchema })
    .parse(await answer.json());
  if (status !== 200) throw new Error(`${path}: ${status}`);
  return counts;
}

async function later(url: URL) {
  return laterSchema.parse(await (await fetch(new URL("/later", url))).json());
}

/** Waits until the drains have come to rest. */
export async function idle(url: URL): Promise<void> {
  for (let seen = ""; ;) {
    await sleep(1200);
    const now = JSON.stringify(await later(url));
    if (now === seen) return;
    seen = now;
  }
}
