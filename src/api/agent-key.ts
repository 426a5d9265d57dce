import type { AccountId, AgentId } from "../contract/ids.ts";
import { hashSecret, isAgentKey } from "../crypto/secrets.ts";
import { agentByKey } from "../db/agents.ts";
import { bearerOf } from "./bearer.ts";
import type { AppContext } from "./context.ts";
import { Problem } from "./problem.ts";
import { countFailedKey } from "./rate-limit.ts";

export type AgentPrincipal = { agentId: AgentId; accountId: AccountId; agentName: string };

/** The agent key of the request. Throws AGENT_AUTH_REQUIRED when there is none, or it cannot be one. */
export function agentKeyOf(request: Request): string {
  const key = bearerOf(request);
  if (key === undefined || !isAgentKey(key)) throw new Problem("AGENT_AUTH_REQUIRED");
  return key;
}

/** The agent that the request's key opens. A disabled agent may still read what concerns it. */
export async function agentOf(c: AppContext): Promise<AgentPrincipal> {
  const hash = await hashSecret(agentKeyOf(c.req.raw));
  const agent = await agentByKey(c.env.DB, hash, c.get("now"));
  if (agent === undefined) throw await keyMismatch(c);
  return agent;
}

/** The agent that the key opens must be the one that the path names. */
export function requireAgent(agent: AgentPrincipal, agentId: string): void {
  // Unknown agent and wrong key answer alike, so ids cannot be probed.
  if (agent.agentId !== agentId) throw new Problem("AGENT_API_KEY_MISMATCH");
}

/** What a key that opens nothing gets: the mismatch, or 429 from an address that keeps trying. */
export async function keyMismatch(c: AppContext): Promise<Problem> {
  return (await countFailedKey(c)) ?? new Problem("AGENT_API_KEY_MISMATCH");
}
