import type { AllowedPacket, DecisionPacket, Explanation } from "../contract/verify.ts";
import { Agents } from "./agents.ts";
import { Approvals } from "./approvals.ts";
import { Logs } from "./logs.ts";
import { Passports } from "./passports.ts";
import { Permissions } from "./permissions.ts";
import { Tokens } from "./tokens.ts";
import { Webhooks } from "./webhooks.ts";
import { settingsOf, type BehalfOptions } from "./options.ts";
import { Transport } from "./transport.ts";
import { explain } from "./explain.ts";
import * as verification from "./verification.ts";
import { waitForApproval, type SettledApproval, type WaitOptions } from "./wait-for-approval.ts";

/**
 * A client of BehalfID for an agent (`apiKey`), for a person (`developerToken`), or for both.
 *
 * Everything it cannot be sure of it throws: no error, no timeout and no answer other than a well-formed
 * "allowed" reads as permission. Printing or serialising a client shows no credential.
 */
export class BehalfID {
  readonly agents: Agents;
  readonly permissions: Permissions;
  readonly approvals: Approvals;
  readonly logs: Logs;
  readonly tokens: Tokens;
  readonly webhooks: Webhooks;
  readonly passports: Passports;
  readonly #transport: Transport;

  /** Throws `BehalfError` with code `INVALID_OPTIONS`, for a plain http address among others. */
  constructor(options: BehalfOptions = {}) {
    this.#transport = new Transport(settingsOf(options));
    this.agents = new Agents(this.#transport);
    this.permissions = new Permissions(this.#transport, this.agents);
    this.approvals = new Approvals(this.#transport);
    this.logs = new Logs(this.#transport);
    this.tokens = new Tokens(this.#transport);
    this.webhooks = new Webhooks(this.#transport);
    this.passports = new Passports(this.#transport);
  }

  /** Where this client sends its calls. */
  get baseUrl(): string {
    return this.#transport.baseUrl;
  }

  /**
   * Asks whether the agent may do something, before it does. Act only when the packet says `allowed: true`.
   *
   * An attempt whose answer was lost is repeated under the same Idempotency-Key, so that an approval is never
   * spent twice for one call. Throws `BehalfError` when there is no decision.
   */
  verify(request: verification.VerifyRequest, options?: verification.VerifyOptions): Promise<DecisionPacket> {
    return verification.verify(this.#transport, request, options);
  }

  /** Asks what would be decided and why. It decides nothing: no approval is opened or spent. */
  explain(
    request: verification.VerifyRequest,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Explanation> {
    return explain(this.#transport, request, options);
  }

  /**
   * Runs `run` only when the action is allowed and gives back what it returns. Throws `BehalfDeniedError` or
   * `BehalfApprovalRequiredError` with the packet otherwise. With `wait`, a person's approval is waited for
   * first, and the same request is verified again before `run`.
   */
  guard<T>(
    request: verification.VerifyRequest,
    run: (packet: AllowedPacket) => T | Promise<T>,
    options?: verification.GuardOptions,
  ): Promise<T> {
    return verification.guard(this.#transport, waitForApproval, request, run, options);
  }

  /**
   * Waits until a person or time has settled a request. It may have been denied: look at `status`, and verify
   * again before acting. Throws `BehalfError` with code `TIMEOUT` when it is still pending after `timeoutMs`.
   */
  waitForApproval(approvalId: string, options?: WaitOptions): Promise<SettledApproval> {
    return waitForApproval(this.#transport, approvalId, options);
  }
}
