import type { AccountId, AgentId, RequestId } from "../contract/ids.ts";
import { ledgerEntrySchema } from "../contract/ledger-entry.ts";
import type { LogItem } from "../contract/log.ts";

/** A ledger's entry as it is copied: its number, its hash and the text that was hashed. */
export type DecisionText = { seq: number; hash: string; entry: string };

/** A copy as it stands in D1. `entry` is what the columns beside it should agree with. */
export type DecisionCopy = DecisionText & {
  accountId: AccountId;
  requestId: RequestId;
  createdAt: number;
};

// Copies that are there stay as they are: a repeat changes nothing, and what somebody altered stays to be found.
const copyStatement = `
  INSERT INTO decisions (agent_id, seq, account_id, request_id, created_at, hash, entry)
  SELECT ?1, value ->> 0, ?2, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?3)
  WHERE EXISTS (SELECT 1 FROM agents WHERE id = ?1 AND account_id = ?2)
  ON CONFLICT (agent_id, seq) DO NOTHING`;

const audienceStatement = `
  SELECT c.watched_until AS watchedUntil, c.listened_until AS listenedUntil, a.name AS agentName,
    EXISTS (SELECT 1 FROM webhooks w WHERE w.account_id = c.id) AS hasEndpoints
  FROM agents a JOIN accounts c ON c.id = a.account_id
  WHERE a.id = ?1 AND a.account_id = ?2`;

/**
 * Who there was for an account's decisions when D1 took their copies: until when its feed is watched and its
 * events are read, whether it has endpoints, active or not, and what the agent is called there.
 */
export type Audience = {
  watchedUntil: number;
  listenedUntil: number;
  hasEndpoints: boolean;
  agentName: string;
};

/**
 * Copies consecutive entries of one agent's ledger, and says whether the entry before them is there: if not,
 * copies were lost. The audience is read in the same transaction. Where the agent is gone there is nobody to list
 * them for: nothing is copied, and null is answered, since refusing would have them brought again for ever.
 */
export async function copyDecisions(
  db: D1Database,
  { accountId, agentId }: { accountId: AccountId; agentId: AgentId },
  texts: readonly DecisionText[],
): Promise<{ isPredecessorThere: boolean; audience: Audience } | null> {
  const rows = texts.map(({ seq, hash, entry }) => {
    const { requestId, at } = JSON.parse(entry) as { requestId: RequestId; at: string };
    return [seq, requestId, Date.parse(at), hash, entry];
  });
  const before = (texts[0]?.seq ?? 0) - 1;
  const [, predecessor, audiences] = await db.batch<
    Omit<Audience, "hasEndpoints"> & { hasEndpoints: number }
  >([
    db.prepare(copyStatement).bind(agentId, accountId, JSON.stringify(rows)),
    db.prepare("SELECT 1 FROM decisions WHERE agent_id = ? AND seq = ?").bind(agentId, before),
    db.prepare(audienceStatement).bind(agentId, accountId),
  ]);
  const audience = audiences?.results[0];
  if (audience === undefined) return null;
  return {
    isPredecessorThere: before < 1 || predecessor?.results.length === 1,
    audience: { ...audience, hasEndpoints: audience.hasEndpoints === 1 },
  };
}

/** One agent's copies after `seq` in the order of their numbers, whatever account they claim to be of. */
export async function decisionCopies(
  db: D1Database,
  agentId: AgentId,
  seq: number,
  limit: number,
): Promise<DecisionCopy[]> {
  const select = `
    SELECT seq, hash, entry, account_id AS accountId, request_id AS requestId, created_at AS createdAt
    FROM decisions WHERE agent_id = ? AND seq > ? ORDER BY seq LIMIT ?`;
  return (await db.prepare(select).bind(agentId, seq, limit).all<DecisionCopy>()).results;
}

/** The last of one agent's copies after `seq`, whatever account it claims to be of. */
export async function lastCopy(
  db: D1Database,
  agentId: AgentId,
  seq: number,
): Promise<Pick<DecisionCopy, "seq" | "entry"> | undefined> {
  const select = "SELECT seq, entry FROM decisions WHERE agent_id = ? AND seq > ? ORDER BY seq DESC LIMIT 1";
  return (await db.prepare(select).bind(agentId, seq).first<{ seq: number; entry: string }>()) ?? undefined;
}

/** A ledger's entry as logs show it. Throws on a text that is not an entry. */
export function logItem({ seq, hash, entry }: DecisionText, agentName: string): LogItem {
  const said = ledgerEntrySchema.parse(JSON.parse(entry));
  return {
    requestId: said.requestId,
    agentId: said.agentId,
    agentName,
    permissionId: said.permissionId ?? null,
    action: said.action,
    vendor: said.vendor ?? null,
    amount: said.amount ?? null,
    environment: said.environment ?? null,
    allowed: said.allowed,
    approvalRequired: said.approvalRequired,
    approvalId: said.approvalId ?? null,
    decision: said.decision,
    reason: said.reason,
    reasonCode: said.reasonCode,
    risk: said.risk,
    createdAt: said.at,
    metadata: said.metadata ?? null,
    replayed: said.replayOf !== undefined,
    seq,
    hash,
  };
}
