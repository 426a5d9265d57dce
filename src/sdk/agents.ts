import * as z from "zod";
import {
  agentSchema,
  agentWithPermissionsSchema,
  issuedKeySchema,
  type Agent,
  type createAgentBodySchema,
  type editAgentBodySchema,
} from "../contract/agent.ts";
import { agentIdSchema, type AgentId } from "../contract/ids.ts";
import type { Permission } from "../contract/permission.ts";
import { idOf, jsonText } from "./input.ts";
import type { Transport } from "./transport.ts";
import type { CallOptions, PageQuery } from "./call-options.ts";

const page = z.object({ agents: z.array(agentSchema), nextCursor: z.string().nullable() });
const one = z.object({ agent: agentSchema });

/** Agents and their keys. With a developer token every agent of the workspace; with an agent key that agent. */
export class Agents {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes an agent. Its key is in this answer and never shown again. */
  async create(
    body: z.input<typeof createAgentBodySchema>,
    options: CallOptions = {},
  ): Promise<{ agentId: AgentId; apiKey: string }> {
    return this.#transport.send({
      method: "POST",
      path: "/api/agents",
      body: jsonText(body),
      as: "person",
      answer: issuedKeySchema,
      repeatable: false,
      signal: options.signal,
    });
  }

  /** A page of the workspace's agents, newest first. */
  async list(query: PageQuery = {}, options: CallOptions = {}): Promise<z.infer<typeof page>> {
    return this.#transport.send({
      method: "GET",
      path: "/api/dashboard/agents",
      query,
      as: "person",
      answer: page,
      repeatable: true,
      signal: options.signal,
    });
  }

  /** An agent with its permissions: the active ones for its own key, all of them for a person. */
  async get(
    agentId: string,
    options: CallOptions = {},
  ): Promise<{ agent: Agent; permissions: Permission[] }> {
    const own = !this.#transport.hasPerson && this.#transport.hasApiKey;
    return this.#transport.send({
      method: "GET",
      path: own ? `/api/agents/${of(agentId)}` : `/api/dashboard/agents/${of(agentId)}`,
      as: own ? "agent" : "person",
      answer: agentWithPermissionsSchema,
      repeatable: true,
      signal: options.signal,
    });
  }

  /** Renames or describes an agent. */
  async edit(
    agentId: string,
    body: z.input<typeof editAgentBodySchema>,
    options: CallOptions = {},
  ): Promise<Agent> {
    const { agent } = await this.#transport.send({
      method: "PATCH",
      path: `/api/dashboard/agents/${of(agentId)}`,
      body: jsonText(body),
      as: "person",
      answer: one,
      repeatable: false,
      signal: options.signal,
    });
    return agent;
  }

  /** Switches an agent on. */
  enable(agentId: string, options: CallOptions = {}): Promise<Agent> {
    return this.#switch(agentId, "enable", options);
  }

  /** Switches an agent off: every verify of it is denied, and its open requests and grants are void. */
  disable(agentId: string, options: CallOptions = {}): Promise<Agent> {
    return this.#switch(agentId, "disable", options);
  }

  /**
   * Replaces an agent's key. The new one is in this answer and never shown again; the old one ends at once, or
   * after `overlapSeconds`. A client that did this with the agent's own key keeps using the old one.
   */
  async rotateKey(
    agentId: string,
    options: CallOptions & { overlapSeconds?: number | undefined } = {},
  ): Promise<{ agentId: AgentId; apiKey: string }> {
    const own = !this.#transport.hasPerson && this.#transport.hasApiKey;
    const path = own ? `/api/agents/${of(agentId)}` : `/api/dashboard/agents/${of(agentId)}`;
    return this.#transport.send({
      method: "POST",
      path: `${path}/rotate-key`,
      body: jsonText({ overlapSeconds: options.overlapSeconds }),
      as: own ? "agent" : "person",
      answer: issuedKeySchema,
      repeatable: false,
      signal: options.signal,
    });
  }

  async #switch(agentId: string, to: "enable" | "disable", options: CallOptions): Promise<Agent> {
    const { agent } = await this.#transport.send({
      method: "POST",
      path: `/api/dashboard/agents/${of(agentId)}/${to}`,
      as: "person",
      answer: one,
      repeatable: false,
      signal: options.signal,
    });
    return agent;
  }
}

function of(agentId: string): AgentId {
  return idOf(agentIdSchema, "agentId", agentId);
}
