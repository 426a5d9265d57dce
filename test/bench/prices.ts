import type { Counted } from "./counts.ts";

/**
 * What Cloudflare charges beyond what a month of Workers Paid includes, in dollars for a million, as published at
 * developers.cloudflare.com (Workers, D1, Durable Objects, Queues: "Pricing") in November 2026.
 */
export const dollarsPerMillion = {
  workerRequests: 0.3,
  objectRequests: 0.15,
  rowsRead: 0.001,
  rowsWritten: 1,
  queueOperations: 0.4,
} as const;

// A message is written, read and deleted.
const operationsPerMessage = 3;

export type Price = {
  name: string;
  requests: number;
  rows: number;
  queue: number;
  dollarsPerMillionVerifies: number;
};

/**
 * Dollars for a million of each, from what was counted. CPU time and the time that objects are awake depend on the
 * machine and on how requests follow each other, and are not in it.
 */
export function pricesOf(counts: readonly Counted[]): Price[] {
  return counts.map((each) => {
    const { workerRequests, objectRequests, rowsRead, rowsWritten, queueOperations } = dollarsPerMillion;
    const requests = workerRequests + each.durableObjectCalls * objectRequests;
    const rows =
      (each.rowsRead + each.objectRowsRead) * rowsRead +
      (each.rowsWritten + each.objectRowsWritten) * rowsWritten;
    const queue = each.queueMessages * operationsPerMessage * queueOperations;
    return { name: each.name, requests, rows, queue, dollarsPerMillionVerifies: requests + rows + queue };
  });
}
