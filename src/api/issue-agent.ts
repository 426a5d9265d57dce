import type { AgentId } from "../contract/ids.ts";
import { hashSecret, newAgentKey, preview } from "../crypto/secrets.ts";
import { createAgent, rotateKey, type StoredKey } from "../db/agents.ts";
import { drainOutbox } from "../db/outbox.ts";
import type { AppContext } from "./context.ts";
import type { Person } from "./people/person.ts";

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

/** Gives an agent a new key, and the old ones the overlap that the caller asked for. */
export async function issueNextKey(
  c: AppContext,
  { accountId, agentId }: Pick<Person, "accountId"> & { agentId: AgentId },
  overlapSeconds: number,
): Promise<{ agentId: AgentId; apiKey: string }> {
  const { apiKey, stored } = await issueKey();
  await rotateKey(c.env.DB, accountId, agentId, stored, overlapSeconds * 1000, c.var.now);
  c.executionCtx.waitUntil(drainOutbox(c.env));
  return { agentId, apiKey };
}
