import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { closedLoop } from "./load.ts";
import type { Scene } from "./scene.ts";
import type { BenchSystem } from "./system.ts";

const mebibyte = 1024 * 1024;
/** Half of the 128 MB that an isolate may have. */
export const isolateLimitMiB = 64;

const heapSchema = z.object({
  usedSize: z.number(),
  embedderHeapUsedSize: z.number().default(0),
  backingStorageSize: z.number().default(0),
});

export type Memory = {
  /** Of the isolate with the Worker and, locally, all of its objects, with what is not collected yet. */
  atRestMiB: number;
  underLoadMiB: number;
  afterLoadMiB: number;
  /** What the busiest ledger keeps, however much it has recorded. */
  ledgerEntries: number;
  ledgerKiB: number;
  decisions: number;
};

/** What the isolate and a ledger hold, before, while and after the Worker is kept busy. */
export async function memory(
  { url, inspector }: BenchSystem,
  { agentId, allowed }: Scene,
  seconds: number,
): Promise<Memory> {
  const isolate = await inspect(await inspector());
  try {
    const atRestMiB = await isolate.usedMiB();
    let underLoadMiB = 0;
    const over = new AbortController();
    const load = closedLoop(url, allowed, 64, { seconds }).finally(() => over.abort());
    while (!over.signal.aborted) {
      underLoadMiB = Math.max(underLoadMiB, await isolate.usedMiB());
      await sleep(100);
    }
    await load;
    const size = z
      .object({ bytes: z.number(), entries: z.number(), decisions: z.number() })
      .parse(await (await fetch(new URL(`/ledger-size?agentId=${agentId}`, url))).json());
    return {
      atRestMiB,
      underLoadMiB,
      afterLoadMiB: await isolate.usedMiB(),
      ledgerEntries: size.entries,
      ledgerKiB: size.bytes / 1024,
      decisions: size.decisions,
    };
  } finally {
    isolate.close();
  }
}

type Inspection = { usedMiB: () => Promise<number>; close: () => void };

// The inspector speaks JSON over a WebSocket: a method with an id, and an answer with the same id.
async function inspect(url: URL): Promise<Inspection> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, (result: unknown) => void>();
  const answerSchema = z.object({ id: z.number().optional(), result: z.unknown() });
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = answerSchema.parse(JSON.parse(String(data)));
    if (id !== undefined) waiting.get(id)?.(result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error("The inspector does not answer.")));
  });
  let ids = 0;
  const send = (method: string) =>
    new Promise((resolve) => {
      const id = (ids += 1);
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method }));
    });
  return {
    usedMiB: async () => {
      const heap = heapSchema.parse(await send("Runtime.getHeapUsage"));
      return (heap.usedSize + heap.embedderHeapUsedSize + heap.backingStorageSize) / mebibyte;
    },
    close: () => socket.close(),
  };
}
