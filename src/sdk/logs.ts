import { agentIdSchema } from "../contract/ids.ts";
import {
  ledgerVerificationSchema,
  logPageSchema,
  type DecisionKind,
  type LedgerVerification,
  type LogPage,
} from "../contract/log.ts";
import type { Risk } from "../contract/reasons.ts";
import { idOf } from "./input.ts";
import type { Transport } from "./transport.ts";
import type { CallOptions, PageQuery } from "./call-options.ts";

/** What a page of decisions is filtered by. Times are RFC 3339, such as `2030-01-31T12:00:00Z`. */
export type LogQuery = PageQuery & {
  decision?: DecisionKind | undefined;
  allowed?: boolean | undefined;
  risk?: Risk | undefined;
  action?: string | undefined;
  vendor?: string | undefined;
  requestId?: string | undefined;
  approvalId?: string | undefined;
  environment?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  q?: string | undefined;
  page?: number | undefined;
};

const defaultLimit = 50;

/** The record of what was decided. */
export class Logs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A page of one agent's decisions, newest first. With a developer token, or with that agent's key. */
  async list(agentId: string, query: LogQuery = {}, options: CallOptions = {}): Promise<LogPage> {
    const id = idOf(agentIdSchema, "agentId", agentId);
    const own = !this.#transport.hasPerson && this.#transport.hasApiKey;
    const paged = { limit: defaultLimit, ...query };
    return this.#transport.send({
      method: "GET",
      path: own ? `/api/logs/${id}` : "/api/dashboard/logs",
      query: own ? paged : { ...paged, agentId: id },
      as: own ? "agent" : "person",
      answer: logPageSchema,
      repeatable: true,
      signal: options.signal,
    });
  }

  /** A page of the whole workspace's decisions, newest first. Needs a developer token. */
  async search(
    query: LogQuery & { agentId?: string | undefined } = {},
    options: CallOptions = {},
  ): Promise<LogPage> {
    return this.#transport.send({
      method: "GET",
      path: "/api/dashboard/logs",
      query: { limit: defaultLimit, ...query },
      as: "person",
      answer: logPageSchema,
      repeatable: true,
      signal: options.signal,
    });
  }

  /**
   * Everything that passes the filter as a file, newest first, as it arrives. For people. In `ndjson` every line
   * carries the ledger's own text of its entry, so that the chain can be checked from the file.
   */
  export(
    format: "csv" | "ndjson",
    query: Omit<LogQuery, "limit" | "cursor" | "page"> & { agentId?: string | undefined } = {},
    options: CallOptions = {},
  ): Promise<ReadableStream<Uint8Array>> {
    return this.#transport.download({
      path: "/api/dashboard/logs",
      query: { ...query, format },
      as: "person",
      mediaType: format === "csv" ? "text/csv" : "application/x-ndjson",
      signal: options.signal,
    });
  }

  /** Checks an agent's chain of records from end to end and names the first entry that is wrong. */
  async verifyLedger(agentId: string, options: CallOptions = {}): Promise<LedgerVerification> {
    return this.#transport.send({
      method: "GET",
      path: `/api/dashboard/agents/${idOf(agentIdSchema, "agentId", agentId)}/ledger/verify`,
      as: "person",
      answer: ledgerVerificationSchema,
      repeatable: true,
      signal: options.signal,
    });
  }
}
