import { createMcpHandler } from "@modelcontextprotocol/server";
import { BehalfID } from "../sdk/client.ts";
import { behalfMcpServer } from "./server.ts";

export type HttpConnection = {
  version: string;
  agentId: string;
  apiKey: string;
  /** Where BehalfID answers; `fetch` is what it is asked with. */
  baseUrl: string;
  fetch: typeof fetch;
};

/**
 * Answers one POST of an agent, in either protocol era. `body` is what was read from the request and checked.
 *
 * Nothing is kept from one request to the next: there is no session that another agent could take over, and a key
 * that was revoked in between opens nothing.
 */
export function answerOverHttp(
  request: Request,
  body: unknown,
  { version, agentId, ...options }: HttpConnection,
): Promise<Response> {
  // The key never leaves the process, so it does not matter which scheme the address has.
  const client = new BehalfID({ ...options, allowInsecureHttp: true });
  const handler = createMcpHandler(() => behalfMcpServer({ version, connect: () => ({ client, agentId }) }));
  return handler.fetch(request, { parsedBody: body });
}
