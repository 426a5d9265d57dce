import * as z from "zod";
import { decisionKindSchema } from "../../../../src/contract/log.ts";
import { riskSchema } from "../../../../src/contract/reasons.ts";
import type { LogQuery } from "../../data/logs.ts";

const hour = 3_600_000;
export const ranges = {
  hour: { label: "Last hour", ms: hour },
  day: { label: "Last 24 hours", ms: 24 * hour },
  week: { label: "Last 7 days", ms: 7 * 24 * hour },
  month: { label: "Last 30 days", ms: 30 * 24 * hour },
} as const;
export type Range = keyof typeof ranges;

// A link may be typed by hand or cut short: what does not fit is left out, and never breaks the page.
const text = z.string().min(1).max(200).optional().catch(undefined);
const moment = z.iso.datetime({ offset: true }).optional().catch(undefined);

const logSearchSchema = z.object({
  decision: decisionKindSchema.optional().catch(undefined),
  risk: riskSchema.optional().catch(undefined),
  agentId: text,
  action: text,
  vendor: text,
  environment: text,
  q: text,
  range: z
    .enum(Object.keys(ranges) as [Range, ...Range[]])
    .optional()
    .catch(undefined),
  from: moment,
  to: moment,
  /** The decision whose details are open. */
  requestId: text,
});

/** The filters as the page's address keeps them, so that a view can be handed on. */
export type LogSearch = {
  [Name in keyof z.infer<typeof logSearchSchema>]?: z.infer<typeof logSearchSchema>[Name];
};

/** What of an address's query is a filter. */
export function logSearchOf(search: Record<string, unknown>): LogSearch {
  return logSearchSchema.parse(search);
}

/** The filter as the API takes it. A range counts back from `asOf`, which stays while pages are loaded. */
export function logQueryOf(
  { range, requestId: _open, from, to, ...rest }: LogSearch,
  asOf: number,
): LogQuery {
  const start = range === undefined ? from : new Date(asOf - ranges[range].ms).toISOString();
  return {
    ...rest,
    ...(start === undefined ? {} : { from: start }),
    ...(to === undefined || range !== undefined ? {} : { to }),
  };
}

export function isFiltered({ requestId: _open, ...filters }: LogSearch): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}
