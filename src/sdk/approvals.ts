import * as z from "zod";
import {
  agentApprovalSchema,
  approvalSchema,
  approvedSchema,
  deniedSchema,
  type AgentApproval,
  type Approval,
  type ApprovalStatus,
} from "../contract/approval.ts";
import { approvalIdSchema, type ApprovalId } from "../contract/ids.ts";
import { idOf, jsonText } from "./input.ts";
import type { Transport } from "./transport.ts";
import type { CallOptions, PageQuery } from "./call-options.ts";

const page = z.object({ approvals: z.array(approvalSchema), nextCursor: z.string().nullable() });
const one = z.object({ approval: approvalSchema });

/** Requests that a person has to decide. An agent reads its own; people list and decide, with a developer token. */
export class Approvals {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A page of the workspace's requests, newest first; the pending ones when `status` is not given. */
  async list(
    query: PageQuery & { status?: ApprovalStatus | "all" | undefined; agentId?: string | undefined } = {},
    options: CallOptions = {},
  ): Promise<{ approvals: Approval[]; nextCursor: string | null }> {
    return this.#transport.send({
      method: "GET",
      path: "/api/dashboard/approvals",
      query,
      as: "person",
      answer: page,
      repeatable: true,
      signal: options.signal,
    });
  }

  /** One request as the agent that asked sees it. Needs that agent's key. */
  async get(approvalId: string, options: CallOptions = {}): Promise<AgentApproval> {
    return this.#transport.send({
      method: "GET",
      path: `/api/approvals/${of(approvalId)}`,
      as: "agent",
      answer: agentApprovalSchema,
      repeatable: true,
      signal: options.signal,
    });
  }

  /** One request as its reviewer sees it, with the arguments that an approval would be bound to. */
  async review(approvalId: string, options: CallOptions = {}): Promise<Approval> {
    const { approval } = await this.#transport.send({
      method: "GET",
      path: `/api/dashboard/approvals/${of(approvalId)}`,
      as: "person",
      answer: one,
      repeatable: true,
      signal: options.signal,
    });
    return approval;
  }

  /** Approves a request. The agent may act once, within 30 minutes. */
  async approve(
    approvalId: string,
    options: CallOptions & { comment?: string | undefined } = {},
  ): Promise<{ approved: true; grantExpiresAt: string }> {
    return this.#transport.send({
      method: "POST",
      path: `/api/dashboard/approvals/${of(approvalId)}/approve`,
      body: jsonText({ comment: options.comment }),
      as: "person",
      answer: approvedSchema,
      repeatable: false,
      signal: options.signal,
    });
  }

  /** Denies a request. The agent is shown the comment. */
  async deny(
    approvalId: string,
    options: CallOptions & { comment?: string | undefined } = {},
  ): Promise<{ denied: true }> {
    return this.#transport.send({
      method: "POST",
      path: `/api/dashboard/approvals/${of(approvalId)}/deny`,
      body: jsonText({ comment: options.comment }),
      as: "person",
      answer: deniedSchema,
      repeatable: false,
      signal: options.signal,
    });
  }
}

function of(approvalId: string): ApprovalId {
  return idOf(approvalIdSchema, "approvalId", approvalId);
}
