import { setTimeout as sleep } from "node:timers/promises";
import type { LogItem } from "../contract/log.ts";
import type { BehalfID } from "../sdk/client.ts";
import type { LogQuery } from "../sdk/logs.ts";

const pollMs = 1000;
const pageItems = 500;
// Several agents' records reach the workspace's list by themselves, so one may come in behind a newer one.
const overlapMs = 15_000;

type Following = {
  client: BehalfID;
  /** Undefined: the whole workspace. */
  agentId: string | undefined;
  query: LogQuery;
  signal: AbortSignal;
  /** What survives a restart of the server. */
  keepTrying: <T>(look: () => Promise<T>) => Promise<T>;
};

/** The entries that there are, oldest first, and then each that comes, until the signal says so. None comes twice. */
export async function* followLogs(
  { client, agentId, query, signal, keepTrying }: Following,
  present: readonly LogItem[],
): AsyncGenerator<LogItem> {
  const seen = new Map<string, number>();
  let newestAt = Date.parse(query.from ?? "1970-01-01T00:00:00Z");
  const fresh = (items: readonly LogItem[]) => {
    const unseen = items.filter(({ requestId }) => !seen.has(requestId));
    for (const { requestId, createdAt } of unseen) {
      const at = Date.parse(createdAt);
      seen.set(requestId, at);
      newestAt = Math.max(newestAt, at);
    }
    for (const [requestId, at] of seen) if (at < newestAt - overlapMs) seen.delete(requestId);
    return unseen.toSorted(
      (one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt) || one.seq - other.seq,
    );
  };
  yield* fresh(present);
  const startAt = newestAt;
  for (;;) {
    await sleep(pollMs, undefined, { signal });
    const from = new Date(Math.max(startAt, newestAt - overlapMs)).toISOString();
    const came: LogItem[] = [];
    let cursor: string | undefined;
    do {
      const asked = { ...query, from, limit: pageItems, cursor };
      const page = await keepTrying(() =>
        agentId === undefined
          ? client.logs.search(asked, { signal })
          : client.logs.list(agentId, asked, { signal }),
      );
      came.push(...page.logs);
      cursor = page.pagination.nextCursor ?? undefined;
    } while (cursor !== undefined);
    yield* fresh(came);
  }
}
