import * as z from "zod";
import { agentIdSchema } from "../contract/ids.ts";
import { issuedPassportSchema } from "../contract/passport.ts";
import type { CallOptions } from "./call-options.ts";
import { idOf, jsonText } from "./input.ts";
import type { Transport } from "./transport.ts";

const revoked = z.object({ revoked: z.literal(true) });

export type IssuedPassport = z.infer<typeof issuedPassportSchema>;

/** Links that show what an agent may do. They advise and enforce nothing. */
export class Passports {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes the agent's passport. The link is in this answer and never shown again; an earlier one ends. */
  async create(agentId: string, options: CallOptions = {}): Promise<IssuedPassport> {
    return this.#transport.send({
      method: "POST",
      path: pathOf(agentId),
      body: jsonText({}),
      as: "person",
      answer: issuedPassportSchema,
      repeatable: false,
      signal: options.signal,
    });
  }

  /** Ends the agent's passport. */
  async revoke(agentId: string, options: CallOptions = {}): Promise<{ revoked: true }> {
    return this.#transport.send({
      method: "DELETE",
      path: pathOf(agentId),
      as: "person",
      answer: revoked,
      repeatable: false,
      signal: options.signal,
    });
  }
}

function pathOf(agentId: string): string {
  return `/api/dashboard/agents/${idOf(agentIdSchema, "agentId", agentId)}/passport`;
}
