import * as z from "zod";
import { agentIdSchema } from "../../../contract/ids.ts";
import { ledgerVerificationSchema } from "../../../contract/log.ts";
import { verifyLedger } from "../../../ledger/verification.ts";
import { route } from "../../operation.ts";
import { Problem } from "../../problem.ts";

export const verifyLedgerRoute = route(
  {
    method: "get",
    path: "/api/dashboard/agents/{id}/ledger/verify",
    id: "verifyLedger",
    tag: "Logs",
    summary: "Check an agent's ledger",
    description: "Walks the whole chain and names the first entry that is missing, changed or out of place.",
    access: { kind: "person", capability: "read" },
    params: z.object({ id: agentIdSchema }),
    answers: { 200: { description: "What was found.", schema: ledgerVerificationSchema } },
    problems: ["NOT_FOUND"],
  },
  async ({ c, env, person, params }) => {
    const found = await verifyLedger(env, person.accountId, params.id);
    if (found === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such agent." });
    return c.json(found);
  },
);
