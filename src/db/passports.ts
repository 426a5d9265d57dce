import { and, eq } from "drizzle-orm";
import type { AccountId, AgentId, UserId } from "../contract/ids.ts";
import { database } from "./database.ts";
import { passports } from "./schema.ts";

/** The account whose passport for this agent has that token. Undefined for any other token. */
export async function passportHolder(
  d1: D1Database,
  agentId: AgentId,
  tokenHash: string,
): Promise<AccountId | undefined> {
  const [row] = await database(d1)
    .select({ accountId: passports.accountId })
    .from(passports)
    .where(and(eq(passports.agentId, agentId), eq(passports.hash, tokenHash)));
  return row?.accountId;
}

/** Makes the agent's passport. An agent has one: the link that was there before ends. */
export async function issuePassport(
  d1: D1Database,
  author: { accountId: AccountId; userId: UserId },
  agentId: AgentId,
  tokenHash: string,
  now: number,
): Promise<void> {
  const row = { hash: tokenHash, createdBy: author.userId, createdAt: now };
  await database(d1)
    .insert(passports)
    .values({ agentId, accountId: author.accountId, ...row })
    .onConflictDoUpdate({ target: passports.agentId, set: row });
}

/** Ends the agent's passport. False when it had none. */
export async function revokePassport(
  d1: D1Database,
  accountId: AccountId,
  agentId: AgentId,
): Promise<boolean> {
  const ended = await database(d1)
    .delete(passports)
    .where(and(eq(passports.accountId, accountId), eq(passports.agentId, agentId)));
  return ended.meta.changes > 0;
}
