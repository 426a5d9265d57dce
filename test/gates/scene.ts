import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import type { Intent } from "../../src/contract/approval.ts";
import type { Event } from "../../src/contract/event.ts";
import type { ApprovalId, UserId } from "../../src/contract/ids.ts";
import { permissionSpecSchema } from "../../src/contract/permission.ts";
import { newId } from "../../src/crypto/ids.ts";
import { fingerprint } from "../../src/crypto/intent.ts";
import { database } from "../../src/db/database.ts";
import { accounts, agents, permissions, users, webhooks } from "../../src/db/schema.ts";
import type { AskRequest, Gate, ReviewRequest } from "../../src/gates/gate.ts";
import { gateName, gateOf } from "../../src/gates/gate-name.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export const appUrl = "https://app.example";

// Ahead of the real clock, so that no alarm rings by itself in the middle of a test.
export const start = Date.now() + 30 * day;

/** One account with a person, an agent and a permission, in D1, and the gate that belongs to them. */
export async function newScene() {
  const db = database(env.DB);
  const ids = {
    accountId: newId("account"),
    agentId: newId("agent"),
    permissionId: newId("permission"),
  };
  const owner = newId("user");
  await addUser(owner, "Olga Owner");
  await db.insert(accounts).values({
    id: ids.accountId,
    name: "Acme",
    slug: ids.accountId,
    createdAt: new Date(start),
  });
  await db.insert(agents).values({
    id: ids.agentId,
    accountId: ids.accountId,
    name: "Deployer",
    createdBy: owner,
    createdAt: start,
  });
  // Events go to the queue only for an account with an endpoint. This one is active and wants nothing that comes.
  await db.insert(webhooks).values({
    id: newId("webhook"),
    accountId: ids.accountId,
    url: "https://receiver.example.com",
    format: "json",
    events: ["webhook.test"],
    createdAt: start,
  });
  await db.insert(permissions).values({
    id: ids.permissionId,
    accountId: ids.accountId,
    agentId: ids.agentId,
    spec: permissionSpecSchema.parse({ action: "deploy_production", requiresApproval: true }),
    createdAt: start,
  });

  const stub = () => env.GATE.getByName(gateName(ids.agentId, ids.permissionId));
  const gate = () => gateOf(env.GATE, ids.agentId, ids.permissionId);

  function intentOf(change: Partial<Intent> = {}): Intent {
    const { agentId, permissionId } = ids;
    return { agentId, permissionId, action: "deploy_production", resource: "vercel.com", ...change };
  }

  async function ask(change: Partial<AskRequest> & { at?: number } = {}, through = gate()) {
    const { at = start, ...rest } = change;
    const intent = rest.intent ?? intentOf();
    const request: AskRequest = {
      ...ids,
      requestId: newId("request"),
      intent,
      fingerprint: await fingerprint(intent),
      epoch: 0,
      requireDifferentApprover: false,
      agentCreatedBy: owner,
      denialMemoryMs: 30 * minute,
      pendingExpiryMs: day,
      appUrl,
      now: at,
      ...rest,
    };
    return through.ask(request);
  }

  async function opened(change: Parameters<typeof ask>[0] = {}): Promise<ApprovalId> {
    const answer = await ask(change);
    if (answer.kind !== "pending") throw new Error(`Expected a pending request, got ${answer.kind}.`);
    return answer.approvalId;
  }

  async function review(approvalId: ApprovalId, change: Partial<ReviewRequest> & { at?: number } = {}) {
    const { at = start, ...rest } = change;
    return gate().review({
      approvalId,
      verdict: "approve",
      userId: owner,
      epoch: 0,
      now: at,
      ...rest,
    });
  }

  async function approved(change: Parameters<typeof ask>[0] = {}): Promise<ApprovalId> {
    const approvalId = await opened(change);
    const answer = await review(approvalId, change.at === undefined ? {} : { at: change.at });
    expect(answer.kind).toBe("approved");
    return approvalId;
  }

  const status = async (approvalId: ApprovalId, at = start) =>
    (await gate().read({ approvalId, now: at }))?.status;

  const inGate = <R>(look: (instance: Gate, state: DurableObjectState) => R | Promise<R>) =>
    runInDurableObject(stub(), look);

  const outbox = () =>
    inGate((_, { storage }) => ({
      events: storage.sql
        .exec<{ event: string }>("SELECT event FROM outbox ORDER BY seq")
        .toArray()
        .map(({ event }) => JSON.parse(event) as Event),
      copies: storage.sql
        .exec<{ count: number }>("SELECT count(*) AS count FROM approvals WHERE copied_version < version")
        .one().count,
    }));

  async function drained(): Promise<void> {
    await vi.waitFor(async () => expect(await outbox()).toEqual({ events: [], copies: 0 }), {
      timeout: 5000,
    });
  }

  const copies = () =>
    database(env.DB).query.approvals.findMany({
      where: (row, { eq }) => eq(row.agentId, ids.agentId),
      orderBy: (row, { asc }) => asc(row.createdAt),
    });

  return {
    ...ids,
    owner,
    stub,
    gate,
    intentOf,
    ask,
    opened,
    review,
    approved,
    status,
    inGate,
    outbox,
    drained,
    copies,
  };
}

export type Scene = Awaited<ReturnType<typeof newScene>>;

export async function addUser(id: UserId, name: string): Promise<void> {
  await database(env.DB)
    .insert(users)
    .values({
      id,
      name,
      email: `${id}@example.com`,
      createdAt: new Date(start),
      updatedAt: new Date(start),
    });
}

/** The events that the real queue was handed, in order. Repeats are kept. */
export function watchQueue() {
  const binding = Object.getPrototypeOf(env.EVENTS) as Queue<Event>;
  const spy = vi.spyOn(binding, "sendBatch");
  return {
    spy,
    eventsOf: ({ agentId }: Scene) =>
      spy.mock.calls
        .flatMap(([messages]) => [...messages].map(({ body }) => body))
        .filter(({ data }) => data["agentId"] === agentId),
  };
}

/** Lets D1 refuse every copy of an approval until the returned function is called. */
export async function refuseCopies(): Promise<() => Promise<void>> {
  await env.DB.exec(
    "CREATE TRIGGER refuse_copies BEFORE INSERT ON approvals BEGIN SELECT RAISE(ABORT, 'refused'); END",
  );
  return async () => {
    await env.DB.exec("DROP TRIGGER refuse_copies");
  };
}

/** How many answers there are of each kind. */
export const kinds = (answers: readonly { kind: string }[]) => {
  const counts: Record<string, number> = {};
  for (const { kind } of answers) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

export const times = <T>(count: number, work: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => work(index));

/** Rings the gate's alarm with the clock at a given time. */
export async function ring(scene: Scene, at: number): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: at });
  expect(await runDurableObjectAlarm(scene.stub())).toBe(true);
  vi.useRealTimers();
}
