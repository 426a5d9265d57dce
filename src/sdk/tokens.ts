import * as z from "zod";
import { tokenIdSchema } from "../contract/ids.ts";
import { issuedTokenSchema, tokenSchema, type Token } from "../contract/people.ts";
import { idOf, jsonText } from "./input.ts";
import type { Transport } from "./transport.ts";
import type { CallOptions } from "./call-options.ts";

const list = z.object({ tokens: z.array(tokenSchema) });
const deleted = z.object({ deleted: z.literal(true) });

export type IssuedToken = z.infer<typeof issuedTokenSchema>;

/** A person's developer tokens. */
export class Tokens {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes a developer token. It is in this answer and never shown again. */
  async create(body: { name: string }, options: CallOptions = {}): Promise<IssuedToken> {
    return this.#transport.send({
      method: "POST",
      path: "/api/dashboard/tokens",
      body: jsonText(body),
      as: "person",
      answer: issuedTokenSchema,
      repeatable: false,
      signal: options.signal,
    });
  }

  /** The tokens by name and preview. */
  async list(options: CallOptions = {}): Promise<Token[]> {
    const { tokens } = await this.#transport.send({
      method: "GET",
      path: "/api/dashboard/tokens",
      as: "person",
      answer: list,
      repeatable: true,
      signal: options.signal,
    });
    return tokens;
  }

  /** Deletes a token. From this moment it opens nothing. */
  async delete(tokenId: string, options: CallOptions = {}): Promise<{ deleted: true }> {
    return this.#transport.send({
      method: "DELETE",
      path: `/api/dashboard/tokens/${idOf(tokenIdSchema, "tokenId", tokenId)}`,
      as: "person",
      answer: deleted,
      repeatable: false,
      signal: options.signal,
    });
  }
}
