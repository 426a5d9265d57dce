import type { AgentId, PermissionId } from "../contract/ids.ts";
import { type GateNews, openApprovalsToEnd } from "../db/gate-news.ts";
import { gateOf } from "./gate-name.ts";

const gatesAtOnce = 50;

export type Sweep = {
  gates: number;
  voided: number;
  failures: { agentId: AgentId; permissionId: PermissionId; error: unknown }[];
};

/**
 * Tells every gate that still has something open of the permission's end or of the agent's disabling, according to
 * the record of truth: of one agent, or of all. A gate that fails keeps no other one waiting.
 */
export async function endStaleGrants(
  env: Env,
  now: number,
  { agentId }: { agentId?: AgentId | undefined } = {},
): Promise<Sweep> {
  const sweep: Sweep = { gates: 0, voided: 0, failures: [] };
  let after: GateNews | undefined;
  do {
    const page = await openApprovalsToEnd(env.DB, { agentId, limit: gatesAtOnce, after, now });
    const outcomes = await Promise.allSettled(page.map((gate) => end(env, gate, now)));
    for (const [index, { agentId, permissionId }] of page.entries()) {
      const outcome = outcomes[index];
      sweep.gates += 1;
      if (outcome?.status === "fulfilled") sweep.voided += outcome.value;
      else sweep.failures.push({ agentId, permissionId, error: outcome?.reason });
    }
    after = page.length < gatesAtOnce ? undefined : page.at(-1);
  } while (after !== undefined);
  return sweep;
}

async function end(env: Env, gate: GateNews, now: number): Promise<number> {
  const { agentId, permissionId, permissionEnded, epoch } = gate;
  const { voided } = await gateOf(env.GATE, agentId, permissionId).end({
    permissionEnded,
    epoch,
    now,
  });
  return voided;
}
