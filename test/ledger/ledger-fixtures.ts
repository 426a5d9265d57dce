import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import type { AccountId, AgentId, ApprovalId, PermissionId, RequestId } from "../../src/contract/ids.ts";
import { reasons, type DenyReason } from "../../src/contract/reasons.ts";
import type { AllowedPacket, ApprovalPacket, DeniedPacket } from "../../src/contract/verify.ts";
import { newId } from "../../src/crypto/ids.ts";
import type { Link } from "../../src/ledger/chain.ts";
import type { RecordInput } from "../../src/ledger/ledger.ts";
import type { Owner } from "../../src/ledger/journal.ts";
import { verifyLedger } from "../../src/ledger/verification.ts";

/** Long enough for a busy machine; what is waited for comes in milliseconds. */
export const waiting = { timeout: 15_000, interval: 10 };

export const start = Date.parse("2030-01-31T12:00:00.000Z");
export const permissionId: PermissionId = "perm_deploys_to_staging";

/** An agent in D1, in an account of its own unless one is given. */
export async function newAgent(name = "ollie", accountId: AccountId = newId("account")): Promise<Owner> {
  const agentId = newId("agent");
  await env.DB.batch([
    env.DB.prepare("INSERT OR IGNORE INTO accounts (id, name, slug, created_at) VALUES (?1, ?1, ?1, 0)").bind(
      accountId,
    ),
    env.DB.prepare("INSERT INTO agents (id, account_id, name, created_at) VALUES (?, ?, ?, 0)").bind(
      agentId,
      accountId,
      name,
    ),
    listening(accountId),
  ]);
  return { accountId, agentId };
}

/**
 * The statement that makes an endpoint. Events go to the queue only for an account with one. This one is active and
 * wants nothing that comes.
 */
export function listening(accountId: AccountId): D1PreparedStatement {
  return env.DB.prepare(
    `INSERT INTO webhooks (id, account_id, url, format, events, created_at)
     VALUES (?, ?, 'https://receiver.example.com', 'json', '["webhook.test"]', 0)`,
  ).bind(newId("webhook"), accountId);
}

export const ledgerOf = (agentId: AgentId) => env.LEDGER.getByName(agentId);

export function allowed(
  requestId: RequestId,
  reasonCode: "allowed" | "allowed_by_grant" = "allowed",
  by: PermissionId = permissionId,
): AllowedPacket {
  const { sentence: reason, risk } = reasons[reasonCode];
  return {
    requestId,
    allowed: true,
    approvalRequired: false,
    reason,
    risk,
    reasonCode,
    permissionId: by,
    nextAction: "proceed",
  };
}

export function denied(requestId: RequestId, reasonCode: DenyReason = "no_permission"): DeniedPacket {
  const { sentence: reason, risk } = reasons[reasonCode];
  return {
    requestId,
    allowed: false,
    approvalRequired: false,
    reason,
    risk,
    reasonCode,
    nextAction: "stop",
  };
}

export function held(requestId: RequestId, approvalId: ApprovalId = newId("approval")): ApprovalPacket {
  const { sentence: reason, risk } = reasons.requires_approval;
  return {
    requestId,
    allowed: false,
    approvalRequired: true,
    approvalId,
    reason,
    risk,
    reasonCode: "requires_approval",
    permissionId,
    approvalUrl: `https://behalfid.example/dashboard/approvals?id=${approvalId}`,
    expiresAt: new Date(start + 86_400_000).toISOString(),
    nextAction: "await_approval",
  };
}

/** A plain allowed deploy of the agent, with what a test wants otherwise. */
export function request(owner: Owner, changes: Partial<RecordInput> = {}): RecordInput {
  const requestId = changes.requestId ?? newId("request");
  return {
    ...owner,
    requestId,
    action: "deploy",
    vendor: "vercel.com",
    epoch: 0,
    now: start,
    packet: allowed(requestId),
    ...changes,
  };
}

/** Many requests at once, handed over in one call, which is what makes thousands of them affordable. */
export async function recordAll(
  owner: Owner,
  count: number,
  changes: Partial<RecordInput> = {},
): Promise<void> {
  await runInDurableObject(ledgerOf(owner.agentId), (ledger) =>
    Promise.all(Array.from({ length: count }, () => ledger.record(request(owner, changes)))),
  );
}

export type QueueWatch = { sent: Event[]; isDown: boolean };

/** Listens in on what a ledger sends to the real queue, and can cut the line to it. */
export async function watchQueue(agentId: AgentId): Promise<QueueWatch> {
  const watch: QueueWatch = { sent: [], isDown: false };
  await runInDurableObject(ledgerOf(agentId), (instance) => {
    const bindings = instance as unknown as { env: Env };
    const queue = env.EVENTS;
    const line = new Proxy(queue, {
      get(target, name) {
        if (name !== "sendBatch") return Reflect.get(target, name);
        return async (messages: MessageSendRequest<Event>[]) => {
          if (watch.isDown) throw new Error("the queue is down");
          await target.sendBatch(messages);
          watch.sent.push(...messages.map(({ body }) => body));
        };
      },
    });
    bindings.env = { ...bindings.env, EVENTS: line };
  });
  return watch;
}

/** D1 refuses copies for as long as `work` takes. */
export async function whileCopiesAreRefused<T>(work: () => Promise<T>): Promise<T> {
  await env.DB.exec(
    "CREATE TRIGGER refuse_copies BEFORE INSERT ON decisions BEGIN SELECT RAISE(ABORT, 'copies are refused'); END",
  );
  try {
    return await work();
  } finally {
    await env.DB.exec("DROP TRIGGER refuse_copies");
  }
}

export async function seqsInD1(agentId: AgentId): Promise<number[]> {
  const select = "SELECT seq FROM decisions WHERE agent_id = ? ORDER BY seq";
  const { results } = await env.DB.prepare(select).bind(agentId).all<{ seq: number }>();
  return results.map(({ seq }) => seq);
}

export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

export const newest = async ({ agentId }: Owner, limit = 1000): Promise<Link[]> =>
  ledgerOf(agentId).newest(limit);

export const isWhole = async ({ accountId, agentId }: Owner) =>
  (await verifyLedger(env, accountId, agentId))?.ok === true;

/** Waits until both drains have taken entry `seq`. */
export const isCaughtUp = ({ agentId }: Owner, seq: number) =>
  vi.waitFor(
    () =>
      runInDurableObject(ledgerOf(agentId), (_, { storage }) => {
        const rows = storage.sql.exec<{ taken: number }>("SELECT taken FROM drains").toArray();
        expect(rows.map(({ taken }) => taken)).toEqual([seq, seq]);
      }),
    waiting,
  );
