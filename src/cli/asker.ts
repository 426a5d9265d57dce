import type { BehalfID } from "../sdk/client.ts";
import type { Transport } from "../sdk/transport.ts";
import { guard } from "../sdk/verification.ts";

/** What asks for decisions. */
export type Asker = Pick<BehalfID, "guard"> & { transport: Transport };

/**
 * Asks as a client does, without loading what only management and waiting need: a verify should cost little but its
 * answer.
 */
export function newAsker(transport: Transport): Asker {
  const waiter: Parameters<typeof guard>[1] = async (...given) => {
    const { waitForApproval } = await import("../sdk/wait-for-approval.ts");
    return waitForApproval(...given);
  };
  return {
    transport,
    guard: (request, run, guardOptions) => guard(transport, waiter, request, run, guardOptions),
  };
}
