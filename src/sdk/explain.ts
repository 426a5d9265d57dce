import { explanationSchema, type Explanation } from "../contract/verify.ts";
import type { Transport } from "./transport.ts";
import { requestText, type VerifyRequest } from "./verification.ts";

/** Asks what would be decided and why. Decides nothing and is on no record. */
export async function explain(
  transport: Transport,
  request: VerifyRequest,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Explanation> {
  return transport.send({
    method: "POST",
    path: "/api/verify/explain",
    body: requestText(transport, request),
    as: "agent",
    answer: explanationSchema,
    statuses: [200],
    repeatable: true,
    signal: options.signal,
  });
}
