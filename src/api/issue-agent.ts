import type { AgentId } from "../contract/ids.ts";
import { hashSecret, newAgentKey, preview } from "../crypto/secrets.ts";
import { createAgent, rotateKey, type StoredKey } from "../db/agents.ts";
import { drainOutbox } from "../db/outbox.ts";
import type { AppContext } from "./context.ts";
import type { Person } from "./people/person.ts";
import { Problem } from "./problem.ts";

/** A new key, and what is kept of it. */
async function issueKey(): Promise<{ apiKey: string; stored: StoredKey }> {
  const apiKey = newAgentKey();
  return { apiKey, stored: { hash: await hashSecret(apiKey), preview: preview(apiKey) } };
}

/** Makes an agent of the person's account, with its first key. */
export async function issueAgent(
  c: AppContext,
  person: Person,
  { name, description }: { name: string; description?: string | undefined },
): Promise<{ agentId: AgentId; apiKey: string }> {
  const { apiKey, stored } = await issueKey();
  const agentId = await createAgent(
    c.env.DB,
    person.accountId,
    { name, description, createdBy: person.userId },
    stored,
    c.var.now,
  );
  c.executionCtx.waitUntil(drainOutbox(c.env));
  return { agentId, apiKey };
}

/**
 * Gives an agent a new key, and the old ones the overlap that the caller asked for. `byKey` is the hash of the key
 * by which the agent itself asks. Throws CONFLICT when it may not.
 */
export async function issueNextKey(
  c: AppContext,
  { accountId, agentId }: Pick<Person, "accountId"> & { agentId: AgentId },
  overlapSeconds: number,
  byKey?: string,
): Promise<{ agentId: AgentId; apiKey: string }> {
  const { apiKey, stored } = await issueKey();
  const { now } = c.var;
  const how = { overlapMs: overlapSeconds * 1000, byKey, now };
  if (!(await rotateKey(c.env.DB, accountId, agentId, stored, how)))
    throw new Problem("CONFLICT", {
      detail: "This key cannot be rotated by itself: it was replaced, or the agent is disabled.",
      hint: "Use the newer key, or have a person rotate it or enable the agent.",
    });
  c.executionCtx.waitUntil(drainOutbox(c.env));
  return { agentId, apiKey };
}
