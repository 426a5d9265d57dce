import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import { outbox } from "../../src/db/schema.ts";
import { database } from "../../src/db/database.ts";
import { sweep } from "../../src/sweep.ts";
import { newAgent } from "./agent-scene.ts";
import { json, send } from "./people-scene.ts";

const production = { action: "deploy", requiresApproval: true } as const;

/** D1, without any statement on this table. */
function refusing(table: string): D1Database {
  return new Proxy(env.DB, {
    get: (db, member) =>
      member === "prepare"
        ? (statement: string) => {
            if (statement.includes(table)) throw new Error(`${table} cannot be read`);
            return db.prepare(statement);
          }
        : (...args: unknown[]) => Reflect.apply(Reflect.get(db, member) as () => unknown, db, args),
  });
}

test("the minute's sweep voids what a killed request left open", async () => {
  const agent = await newAgent();
  const permissionId = await agent.permit(production);
  const approvalId = await agent.hold("deploy");
  await json(agent.decide(approvalId, "approve"));
  // The change in D1 alone: what is left of a revoke that was killed before it reached the gate.
  await env.DB.batch([
    env.DB.prepare("UPDATE permissions SET status = 'revoked' WHERE id = ?").bind(permissionId),
    env.DB.prepare("UPDATE permission_actions SET is_active = 0 WHERE permission_id = ?").bind(permissionId),
  ]);
  await sweep(env, Date.now());
  expect(await json(agent.call("GET", `/api/approvals/${approvalId}`))).toMatchObject({ status: "void" });
});

test("events that a killed request left in the outbox are sent by the sweep", async () => {
  const agent = await newAgent();
  const { accountId } = agent.owner;
  const event: Event = {
    eventId: "evt_left_behind_by_a_kill",
    type: "agent.created",
    createdAt: new Date().toISOString(),
    accountId: agent.owner.user.account?.accountId ?? "acct_",
    data: { agentId: agent.agentId },
  };
  await database(env.DB).insert(outbox).values({ id: event.eventId, event, createdAt: Date.now() });
  await sweep(env, Date.now());
  expect(await database(env.DB).select().from(outbox)).toEqual([]);
  await expect
    .poll(async () =>
      (await send("GET", "/api/dashboard/webhook-events", { cookie: agent.owner.cookie })).text(),
    )
    .toContain(event.eventId);
  expect(accountId).toBe(event.accountId);
});

test("one part that fails keeps no other from its work, and is reported", async () => {
  const agent = await newAgent();
  const permissionId = await agent.permit(production);
  const approvalId = await agent.hold("deploy");
  await env.DB.prepare("UPDATE permissions SET status = 'revoked' WHERE id = ?").bind(permissionId).run();
  const failed = sweep({ ...env, DB: refusing("outbox") }, Date.now());
  await expect(failed).rejects.toThrow("outbox cannot be read");
  expect(await json(agent.call("GET", `/api/approvals/${approvalId}`))).toMatchObject({ status: "void" });
});

test("a gate that cannot be told, and a part of a part that fails, are named", async () => {
  const agent = await newAgent();
  const permissionId = await agent.permit(production);
  await agent.hold("deploy");
  await env.DB.prepare("UPDATE permissions SET status = 'revoked' WHERE id = ?").bind(permissionId).run();
  const gate = env.GATE.getByName(`${agent.agentId}:${permissionId}`);
  const rename = (from: string, to: string) =>
    runInDurableObject(gate, (_, { storage }) =>
      storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`).toArray(),
    );
  await rename("approvals", "gone");
  const report = await sweep({ ...env, DB: refusing("webhook_secrets") }, Date.now()).catch(String);
  await rename("gone", "approvals");
  expect(report).toContain(`The gate of ${permissionId} for ${agent.agentId} could not be told`);
  expect(report).toContain("webhook_secrets cannot be read");
});
