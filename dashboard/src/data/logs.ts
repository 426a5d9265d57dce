import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { ledgerVerificationSchema, type LogItem, logPageSchema } from "../../../src/contract/log.ts";
import { logSeriesSchema } from "../../../src/contract/log-series.ts";
import { api } from "../api.ts";

/** What the API filters by, as it stands in a query string. */
export type LogQuery = {
  decision?: string | undefined;
  agentId?: string | undefined;
  risk?: string | undefined;
  action?: string | undefined;
  vendor?: string | undefined;
  environment?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  q?: string | undefined;
};

const pageSize = 50;

/** Decisions that pass a filter, newest first, page by page. */
export const logsQuery = (filter: LogQuery) =>
  infiniteQueryOptions({
    queryKey: ["logs", filter],
    queryFn: ({ pageParam, signal }) =>
      api.get("/api/dashboard/logs", logPageSchema, {
        query: { ...filter, limit: pageSize, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pagination }) => pagination.nextCursor ?? undefined,
  });

/** One decision, for a link that names it. Null when there is none. */
export const logQuery = (requestId: string) =>
  queryOptions({
    queryKey: ["log", requestId],
    queryFn: async ({ signal }): Promise<LogItem | null> => {
      const { logs } = await api.get("/api/dashboard/logs", logPageSchema, {
        query: { requestId, limit: 1 },
        signal,
      });
      return logs[0] ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Where a file of everything that passes a filter comes from. */
export function exportHref(filter: LogQuery, format: "csv" | "ndjson"): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filter, format }))
    if (value !== undefined && value !== "") search.set(name, value);
  return `/api/dashboard/logs?${search}`;
}

export type SeriesQuery = Pick<LogQuery, "agentId" | "from" | "to">;

/** How many decisions of each kind there were, over time. */
export const logSeriesQuery = (query: SeriesQuery) =>
  queryOptions({
    queryKey: ["logs", "series", query],
    queryFn: ({ signal }) =>
      api.get("/api/dashboard/logs/series", logSeriesSchema, { query: { ...query, buckets: 48 }, signal }),
    placeholderData: keepPreviousData,
  });

export function verifyLedger(agentId: string) {
  const path = `/api/dashboard/agents/${encodeURIComponent(agentId)}/ledger/verify`;
  return api.get(path, ledgerVerificationSchema);
}
