import type { BehalfID } from "../sdk/client.ts";
import { settingsOf, type BehalfOptions } from "../sdk/options.ts";
import { Transport } from "../sdk/transport.ts";
import { explain } from "../sdk/explain.ts";
import { guard } from "../sdk/verification.ts";
import { waitForApproval } from "../sdk/wait-for-approval.ts";

/** What asks for decisions, of a client. */
export type Asker = Pick<BehalfID, "explain" | "guard">;

/** The same as a client's, without loading what only management needs: a verify should cost little but its answer. */
export function newAsker(options: BehalfOptions): Asker {
  const transport = new Transport(settingsOf(options));
  return {
    explain: (request, callOptions) => explain(transport, request, callOptions),
    guard: (request, run, guardOptions) => guard(transport, waitForApproval, request, run, guardOptions),
  };
}
