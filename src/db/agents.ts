import { and, desc, eq, gt, inArray, isNull, lte, ne, or, sql } from "drizzle-orm";
import type { Agent } from "../contract/agent.ts";
import type { AccountId, AgentId, UserId } from "../contract/ids.ts";
import { newId } from "../crypto/ids.ts";
import { database } from "./database.ts";
import { eventOf } from "./outbox.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import { agentKeys, agents } from "./schema.ts";

/** A key as it is stored: never the key. */
export type StoredKey = { hash: string; preview: string };

type AgentRow = typeof agents.$inferSelect;
type KeyRow = typeof agentKeys.$inferSelect;

function agentFacts(row: AgentRow, keys: readonly KeyRow[], now: number): Agent {
  return {
    agentId: row.id,
    name: row.name,
    description: row.description,
    status: row.status,
    createdAt: new Date(row.createdAt).toISOString(),
    createdBy: row.createdBy,
    disabledAt: row.disabledAt === null ? null : new Date(row.disabledAt).toISOString(),
    keys: keys
      .filter((key) => key.agentId === row.id && (key.expiresAt === null || key.expiresAt > now))
      .map((key) => ({
        preview: key.preview,
        createdAt: new Date(key.createdAt).toISOString(),
        expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
      })),
  };
}

// One bound value for any number of ids: D1 takes at most 100 of them in a statement.
function idsIn(rows: readonly { id: string }[]) {
  return sql`(SELECT value FROM json_each(${JSON.stringify(rows.map(({ id }) => id))}))`;
}

/** The agent that a living key opens, by the key's hash. */
export async function agentByKey(
  d1: D1Database,
  keyHash: string,
  now: number,
): Promise<{ agentId: AgentId; accountId: AccountId; agentName: string } | undefined> {
  const [row] = await database(d1)
    .select({ agentId: agents.id, accountId: agents.accountId, agentName: agents.name })
    .from(agentKeys)
    .innerJoin(agents, eq(agents.id, agentKeys.agentId))
    .where(and(eq(agentKeys.hash, keyHash), or(isNull(agentKeys.expiresAt), gt(agentKeys.expiresAt, now))));
  return row;
}

/** Whether the account has this agent. */
export async function hasAgent(d1: D1Database, accountId: AccountId, agentId: AgentId): Promise<boolean> {
  const [row] = await database(d1)
    .select({ id: agents.id })
    .from(agents)
    .where(and(eq(agents.id, agentId), eq(agents.accountId, accountId)));
  return row !== undefined;
}

/** One agent of the account, with the keys that still open it. */
export async function agentOfAccount(
  d1: D1Database,
  accountId: AccountId,
  agentId: AgentId,
  now: number,
): Promise<Agent | undefined> {
  const db = database(d1);
  const [rows, keys] = await db.batch([
    db
      .select()
      .from(agents)
      .where(and(eq(agents.accountId, accountId), eq(agents.id, agentId))),
    db
      .select()
      .from(agentKeys)
      .where(and(eq(agentKeys.accountId, accountId), eq(agentKeys.agentId, agentId))),
  ]);
  const [row] = rows;
  return row && agentFacts(row, keys, now);
}

/** A page of the account's agents, newest first. */
export async function agentsOfAccount(
  d1: D1Database,
  accountId: AccountId,
  { limit, cursor, now }: { limit: number; cursor?: string | undefined; now: number },
): Promise<{ agents: Agent[]; nextCursor: string | null }> {
  const db = database(d1);
  const after: Cursor | undefined = cursor === undefined ? undefined : readCursor(cursor);
  const page = await db
    .select()
    .from(agents)
    .where(
      and(
        eq(agents.accountId, accountId),
        after && sql`(${agents.createdAt}, ${agents.id}) < (${after.at}, ${after.id})`,
      ),
    )
    .orderBy(desc(agents.createdAt), desc(agents.id))
    .limit(limit + 1);
  const shown = page.slice(0, limit);
  const keys =
    shown.length === 0
      ? []
      : await db
          .select()
          .from(agentKeys)
          .where(and(eq(agentKeys.accountId, accountId), inArray(agentKeys.agentId, idsIn(shown))));
  const last = shown.at(-1);
  return {
    agents: shown.map((row) => agentFacts(row, keys, now)),
    nextCursor: page.length > limit && last ? writeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

/** Makes an agent with its first key, and says so. */
export async function createAgent(
  d1: D1Database,
  accountId: AccountId,
  agent: { name: string; description?: string | undefined; createdBy: UserId },
  key: StoredKey,
  now: number,
): Promise<AgentId> {
  const db = database(d1);
  const agentId = newId("agent");
  await db.batch([
    db.insert(agents).values({
      id: agentId,
      accountId,
      name: agent.name,
      description: agent.description ?? null,
      createdBy: agent.createdBy,
      createdAt: now,
    }),
    db.insert(agentKeys).values({ ...key, accountId, agentId, createdAt: now }),
    eventOf(db, accountId, "agent.created", { agentId, name: agent.name }, now),
  ]);
  return agentId;
}

/** Changes what an agent is called and what is said of it. What is undefined stays as it is. */
export async function editAgent(
  d1: D1Database,
  accountId: AccountId,
  agentId: AgentId,
  change: { name?: string | undefined; description?: string | null | undefined },
): Promise<void> {
  await database(d1)
    .update(agents)
    .set({
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.description === undefined ? {} : { description: change.description }),
    })
    .where(and(eq(agents.accountId, accountId), eq(agents.id, agentId)));
}

/**
 * Adds a key. The older ones stay valid for `overlapMs` more, and not longer than they would have been:
 * rotating twice does not lengthen anything. False when it is the agent that rotates, by the key of the hash
 * `byKey`, and it may not.
 *
 * INVARIANT: whether it may is looked at in the batch. A key that was replaced, at that moment too, would otherwise
 * outlive its overlap by making one of its own, and end the one that replaced it.
 */
export async function rotateKey(
  d1: D1Database,
  accountId: AccountId,
  agentId: AgentId,
  key: StoredKey,
  { overlapMs, byKey, now }: { overlapMs: number; byKey?: string | undefined; now: number },
): Promise<boolean> {
  const db = database(d1);
  const mayRotate =
    byKey === undefined
      ? sql`1`
      : sql`EXISTS (SELECT 1 FROM agent_keys k JOIN agents a ON a.id = k.agent_id
          WHERE k.hash = ${byKey} AND k.agent_id = ${agentId} AND k.expires_at IS NULL AND a.status = 'active')`;
  const isMade = sql`EXISTS (SELECT 1 FROM agent_keys made WHERE made.hash = ${key.hash})`;
  const older = and(
    eq(agentKeys.accountId, accountId),
    eq(agentKeys.agentId, agentId),
    ne(agentKeys.hash, key.hash),
    isMade,
  );
  const until = now + overlapMs;
  const [made] = await db.batch([
    db
      .insert(agentKeys)
      .select(
        sql`SELECT ${key.hash}, ${accountId}, ${agentId}, ${key.preview}, ${now}, NULL WHERE ${mayRotate}`,
      ),
    db.delete(agentKeys).where(and(older, lte(agentKeys.expiresAt, now))),
    overlapMs === 0
      ? db.delete(agentKeys).where(older)
      : db
          .update(agentKeys)
          .set({ expiresAt: until })
          .where(and(older, or(isNull(agentKeys.expiresAt), gt(agentKeys.expiresAt, until)))),
    eventOf(
      db,
      accountId,
      "agent.key_rotated",
      { agentId, previousKeyExpiresAt: new Date(until).toISOString() },
      now,
      isMade,
    ),
  ]);
  return made.meta.changes > 0;
}

/**
 * Switches the agent off or on. Off raises the epoch, which voids every grant that is open, wherever it is.
 * False when it already was so: then nothing changed and nothing is told.
 */
export async function setAgentStatus(
  d1: D1Database,
  accountId: AccountId,
  agentId: AgentId,
  status: "active" | "disabled",
  now: number,
): Promise<boolean> {
  const db = database(d1);
  const isDisabling = status === "disabled";
  const isOther = and(eq(agents.accountId, accountId), eq(agents.id, agentId), ne(agents.status, status));
  const [, changed] = await db.batch([
    eventOf(
      db,
      accountId,
      isDisabling ? "agent.disabled" : "agent.enabled",
      { agentId },
      now,
      sql`EXISTS (SELECT 1 FROM ${agents} WHERE ${isOther})`,
    ),
    db
      .update(agents)
      .set({
        status,
        disabledAt: isDisabling ? now : null,
        ...(isDisabling ? { epoch: sql`${agents.epoch} + 1` } : {}),
      })
      .where(isOther),
  ]);
  return changed.meta.changes > 0;
}
