import { env } from "cloudflare:workers";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountId } from "../../src/contract/ids.ts";
import { failingLimitMs } from "../../src/contract/webhook.ts";
import { newWebhookSecret, preview } from "../../src/crypto/secrets.ts";
import { overdueDeliveries } from "../../src/db/deliveries.ts";
import { forgetOldEvents } from "../../src/db/events.ts";
import { replayDelivery, replaySince } from "../../src/db/replay.ts";
import { disableWebhook, enableWebhook, rotateSecret } from "../../src/db/webhooks.ts";
import { sealFor } from "../../src/webhooks/endpoint-secrets.ts";
import { sweepWebhooks } from "../../src/webhooks/sweep.ts";
import { countedEnv, noCounts } from "../support/counted-env.ts";
import {
  bring,
  bringEvents,
  deliveriesOf,
  fannedOut,
  fillEvents,
  line,
  newAccount,
  newEndpoint,
  newEvent,
  received,
  start,
  stopClock,
  webhookOf,
} from "./scene.ts";

const hour = 3_600_000;
const day = 24 * hour;

beforeEach(async () => {
  stopClock();
  await env.DB.batch([env.DB.prepare("DELETE FROM webhooks"), env.DB.prepare("DELETE FROM events")]);
});
afterEach(() => void vi.useRealTimers());

describe("an endpoint that hangs", () => {
  test("ends after 10 s as a timeout, and its batch does not wait for that", async () => {
    const { env, calls } = line();
    const accountId = await newAccount();
    const hanging = await newEndpoint(accountId, { hang: 1 });
    const healthy = await newEndpoint(accountId);
    const ids = await fannedOut(env, calls, newEvent(accountId));
    const began = performance.now();
    const { background } = await bring(env, ids);
    const waited = performance.now() - began - background;
    expect(waited).toBeLessThan(2000);
    expect(background).toBeGreaterThan(8000);
    expect(await received(healthy)).toHaveLength(1);
    const [delivery] = await deliveriesOf(hanging);
    expect(delivery).toMatchObject({ status: "pending", attempts: [{ error: "timeout", status: null }] });
    expect(delivery?.attempts[0]?.durationMs).toBeGreaterThanOrEqual(9900);
  }, 20_000);

  test("has ten requests at most, the rest waits without messages and comes on one by one", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { delay: 700 });
    const events = Array.from({ length: 25 }, () => newEvent(endpoint.accountId));
    await bringEvents(env, events);
    const ids = calls.splice(0).map(({ deliveryId }) => deliveryId);
    // No reader of the line yet: ten are sent, fifteen are left.
    await bring(env, ids);
    expect(await received(endpoint)).toHaveLength(10);
    while (calls.length > 0) {
      expect(calls.length).toBeLessThanOrEqual(10);
      await bring(
        env,
        calls.splice(0).map(({ deliveryId }) => deliveryId),
      );
    }
    expect(await received(endpoint)).toHaveLength(25);
    expect((await deliveriesOf(endpoint)).map(({ status }) => status)).toEqual(events.map(() => "delivered"));
  });
});

describe("an endpoint is disabled", () => {
  test("by a 410, at once; what is still under way to it becomes a dead letter", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { status: 410 });
    const [first = "dlv_", ...rest] = (
      await Promise.all([1, 2].map(() => fannedOut(env, calls, newEvent(endpoint.accountId))))
    ).flat();
    await bring(env, [first]);
    expect(await webhookOf(endpoint)).toMatchObject({ status: "disabled", disabledReason: "gone" });
    await bring(env, rest);
    expect(await received(endpoint)).toHaveLength(1);
    const reasons = (await deliveriesOf(endpoint)).map(({ deadReason }) => deadReason);
    expect(new Set(reasons)).toEqual(new Set(["endpoint_disabled", "gone"]));
    expect(await fannedOut(env, calls, newEvent(endpoint.accountId))).toEqual([]);
  });

  test("by five days of nothing but failure, and not a millisecond earlier", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { status: 503 });
    const fail = async () => bring(env, await fannedOut(env, calls, newEvent(endpoint.accountId)));
    await fail();
    vi.setSystemTime(start + 100);
    await fail();
    const { failingSince } = await webhookOf(endpoint);
    const since = Date.parse(failingSince ?? "");
    expect(since).toBe(start);
    vi.setSystemTime(since + failingLimitMs - 1);
    await fail();
    expect(await webhookOf(endpoint)).toMatchObject({ status: "active" });
    vi.setSystemTime(since + failingLimitMs);
    await fail();
    expect(await webhookOf(endpoint)).toMatchObject({
      status: "disabled",
      disabledReason: "failing",
      disabledAt: new Date(since + failingLimitMs).toISOString(),
    });
    await enableWebhook(env.DB, endpoint.accountId, endpoint.webhookId);
    await fail();
    expect(await webhookOf(endpoint)).toMatchObject({ status: "active", disabledReason: null });
  });

  test("not when a single success lies between the failures", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { fail: 1 });
    const ids = await fannedOut(env, calls, newEvent(endpoint.accountId));
    await bring(env, ids);
    vi.setSystemTime(start + day);
    await bring(env, ids);
    expect((await webhookOf(endpoint)).failingSince).toBeNull();
    vi.setSystemTime(start + failingLimitMs + day);
    await bring(env, await fannedOut(env, calls, newEvent(endpoint.accountId)));
    expect(await webhookOf(endpoint)).toMatchObject({ status: "active" });
  });
});

describe("while a secret is rotated", () => {
  test("every living secret signs, in the middle of a retry too, and after the overlap only the new one", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { fail: 2 });
    const ids = await fannedOut(env, calls, newEvent(endpoint.accountId));
    await bring(env, ids);
    const next = newWebhookSecret();
    const stored = {
      sealed: await sealFor(env, endpoint.webhookId, "secret", next),
      preview: preview(next),
    };
    await rotateSecret(env.DB, endpoint.accountId, endpoint.webhookId, stored, hour, Date.now());
    vi.setSystemTime(start + 10_000);
    await bring(env, ids);
    vi.setSystemTime(start + hour);
    await bring(env, ids);

    const accepted = (await received(endpoint)).map(({ body, headers }) =>
      [endpoint.secret, next].map((secret) => {
        const scheme = new StandardWebhook(secret);
        const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
        const expected = scheme.sign(headers["webhook-id"] ?? "", at, body);
        return headers["webhook-signature"]?.split(" ").includes(expected);
      }),
    );
    expect(accepted).toEqual([
      [true, false],
      [true, true],
      [false, true],
    ]);
    expect((await webhookOf(endpoint)).secrets).toMatchObject([{ preview: preview(next), expiresAt: null }]);
  });
});

describe("when something dies in between", () => {
  test("an event that was fanned out and never called for is called for when it comes again", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount());
    const event = newEvent(endpoint.accountId);
    const broken = {
      ...env,
      DELIVERIES: { sendBatch: () => Promise.reject(new Error("no")) } as unknown as Queue,
    };
    expect((await bringEvents(broken, [event])).retryMessages).toHaveLength(1);
    expect(calls).toEqual([]);
    await bring(env, await fannedOut(env, calls, event));
    expect(await received(endpoint)).toHaveLength(1);
  });

  test("a delivery that somebody died over is sent when the lease has ended, not before", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount());
    const ids = await fannedOut(env, calls, newEvent(endpoint.accountId));
    await env.DB.prepare("UPDATE deliveries SET lease = 'of the dead', lease_until = ?2 WHERE id = ?1")
      .bind(ids[0], start + 30_000)
      .run();
    await bring(env, ids);
    vi.setSystemTime(start + 29_999);
    calls.length = 0;
    await sweepWebhooks(env, Date.now());
    await bring(env, ids);
    expect(calls).toEqual([]);
    expect(await received(endpoint)).toEqual([]);
    vi.setSystemTime(start + 30_000);
    await sweepWebhooks(env, Date.now());
    expect(calls).toEqual([{ deliveryId: ids[0], delaySeconds: 0 }]);
    await bring(env, ids);
    expect(await received(endpoint)).toHaveLength(1);
  });

  test("the sweep calls for what nobody called for, and not again while that is on its way", async () => {
    const { env, calls, events } = line();
    const accountId = await newAccount();
    const endpoint = await newEndpoint(accountId);
    const ids = await fannedOut(env, calls, newEvent(accountId));
    const lost = newEvent(accountId);
    await env.DB.prepare(
      "INSERT INTO events (id, account_id, type, event, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )
      .bind(lost.eventId, accountId, lost.type, JSON.stringify(lost), start)
      .run();
    calls.length = 0;
    await sweepWebhooks(env, start + 29_999);
    expect(calls.concat()).toEqual([]);
    await sweepWebhooks(env, start + 30_000);
    expect(calls.map(({ deliveryId }) => deliveryId)).toContain(ids[0]);
    expect(events).toContainEqual(lost);
    const count = calls.length;
    await sweepWebhooks(env, start + 31_000);
    expect(calls).toHaveLength(count);
    vi.setSystemTime(start + 32_000);
    await bringEvents(env, events);
    await bring(env, [...new Set(calls.map(({ deliveryId }) => deliveryId))]);
    expect((await received(endpoint)).map(({ headers }) => headers["webhook-id"])).toContain(lost.eventId);
    expect(await received(endpoint)).toHaveLength(2);
  });

  test("deliveries that waited for a request which never ended are called for by the sweep", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount());
    await bringEvents(
      env,
      Array.from({ length: 12 }, () => newEvent(endpoint.accountId)),
    );
    const ids = calls.splice(0).map(({ deliveryId }) => deliveryId);
    const placeholders = ids.slice(0, 10).map((id) => `'${id}'`);
    await env.DB.prepare(
      `UPDATE deliveries SET lease = 'of the dead', lease_until = ?1 WHERE id IN (${placeholders.join(",")})`,
    )
      .bind(start + 30_000)
      .run();
    await bring(env, ids);
    expect(await received(endpoint)).toEqual([]);
    vi.setSystemTime(start + 60_000);
    await sweepWebhooks(env, Date.now());
    while (calls.length > 0)
      await bring(
        env,
        calls.splice(0).map(({ deliveryId }) => deliveryId),
      );
    expect(await received(endpoint)).toHaveLength(12);
  });

  test("a slow endpoint with very many that wait costs the sweep nothing, and hides nobody else's", async () => {
    const { env, calls } = line();
    const [slow, other] = [await newEndpoint(await newAccount()), await newEndpoint(await newAccount())];
    await fillEvents(slow.accountId, 3000);
    await env.DB.prepare(
      `INSERT INTO deliveries (id, account_id, webhook_id, event_id, attempts, next_attempt_at, queued_at, created_at,
         is_waiting, lease_until)
       SELECT 'dlv_' || id, account_id, ?1, id, '[]', ?2, ?2, ?2, 1, NULL FROM events WHERE account_id = ?3`,
    )
      .bind(slow.webhookId, start, slow.accountId)
      .run();
    const one = "SELECT min(id) FROM deliveries WHERE webhook_id = ?1";
    await env.DB.prepare(
      `UPDATE deliveries SET is_waiting = 0, lease = 'alive', lease_until = ?2 WHERE id = (${one})`,
    )
      .bind(slow.webhookId, start + hour)
      .run();
    const lost = await fannedOut(env, calls, newEvent(other.accountId));
    const counts = noCounts();
    const late = { before: start + 30_000, now: start + 60_000, limit: 1000 };
    expect(await overdueDeliveries(countedEnv(env, counts).DB, late)).toEqual(lost);
    expect(counts.rowsRead).toBeLessThan(50);
    // What was under way is dead: one of those that wait has to be called for.
    const dead = { ...late, now: start + hour, limit: 3 };
    expect(await overdueDeliveries(env.DB, dead)).toHaveLength(4);
  });

  test("an answer that could not be written down at once is written down a little later", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount());
    const ids = await fannedOut(env, calls, newEvent(endpoint.accountId));
    let batches = 0;
    const slipping = {
      prepare: (sql: string) => env.DB.prepare(sql),
      batch: (statements: D1PreparedStatement[]) => {
        batches += 1;
        return batches === 2 ? Promise.reject(new Error("D1_ERROR")) : env.DB.batch(statements);
      },
    } as unknown as D1Database;
    await bring({ ...env, DB: slipping }, ids);
    expect(batches).toBe(3);
    expect(await deliveriesOf(endpoint)).toMatchObject([{ status: "delivered" }]);
  });
});

describe("a replay", () => {
  test("starts a dead letter over, and nothing else", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { status: 410 });
    const [id = "dlv_"] = await fannedOut(env, calls, newEvent(endpoint.accountId));
    expect(await replayDelivery(env.DB, endpoint.accountId, id, Date.now())).toBe(false);
    await bring(env, [id]);
    await enableWebhook(env.DB, endpoint.accountId, endpoint.webhookId);
    expect(await replayDelivery(env.DB, await newAccount(), id, Date.now())).toBe(false);
    expect(await replayDelivery(env.DB, endpoint.accountId, id, Date.now())).toBe(true);
    await bring(env, [id]);
    expect(await received(endpoint)).toHaveLength(2);
    expect(await deliveriesOf(endpoint)).toMatchObject([{ status: "dead", attemptCount: 2 }]);
  });

  test("since a time brings what is dead or was missed since then, and nothing that was taken", async () => {
    const { env, calls } = line();
    const accountId = await newAccount();
    const endpoint = await newEndpoint(accountId, {}, { events: ["agent.created"] });
    const { webhookId } = endpoint;
    const at = (minutes: number) => vi.setSystemTime(start + minutes * 60_000);
    const happen = async (event = {}) => {
      const made = newEvent(accountId, event);
      await bring(env, await fannedOut(env, calls, made));
      return made.eventId;
    };
    const taken = await happen();
    await disableWebhook(env.DB, accountId, webhookId, Date.now());
    at(1);
    const before = await happen();
    at(2);
    const missed = await happen();
    const unwanted = await happen({ type: "agent.disabled" });
    await enableWebhook(env.DB, accountId, webhookId);
    await env.DB.prepare("UPDATE webhooks SET url = ?2 WHERE id = ?1")
      .bind(webhookId, `${endpoint.mailbox}?status=410`)
      .run();
    const dead = await happen();
    await enableWebhook(env.DB, accountId, webhookId);
    await env.DB.prepare("UPDATE webhooks SET url = ?2 WHERE id = ?1")
      .bind(webhookId, `${endpoint.mailbox}-2`)
      .run();

    at(3);
    const replay = async (of: AccountId, since: number) =>
      (await replaySince(env.DB, of, webhookId, { since, now: Date.now() })).deliveryIds;
    expect(await replay(await newAccount(), start)).toEqual([]);
    const ids = await replay(accountId, start + 120_000);
    expect(ids).toHaveLength(2);
    await bring(env, ids);
    const replayed = await received({ ...endpoint, mailbox: `${endpoint.mailbox}-2` });
    expect(replayed).toHaveLength(2);
    const replayedIds = replayed.map(({ headers }) => headers["webhook-id"]);
    expect(new Set(replayedIds)).toEqual(new Set([missed, dead]));
    expect(await replay(accountId, start + 120_000)).toEqual([]);
    for (const id of [taken, before, unwanted]) expect(replayedIds).not.toContain(id);
  });

  test("of a long time goes on where the one before ended, and passes over what is older", async () => {
    const { env } = line();
    const accountId = await newAccount();
    const { webhookId } = await newEndpoint(accountId, {}, { events: ["agent.created"] });
    await fillEvents(accountId, 5000);
    vi.setSystemTime(start + 2 * day);
    await fillEvents(await newAccount(), 500);
    await fillEvents(accountId, 300, "agent.disabled");
    await fillEvents(accountId, 230);
    // One that was long on its way: older than the moment, and stored after what is younger. It hides nothing.
    const late = newEvent(accountId, { createdAt: new Date(start + 1.2 * day).toISOString() });
    await bringEvents(env, [late]);
    const since = start + 1.4 * day;
    const bounds = { far: 100, atOnce: 40, steps: 4, replayed: 70 };
    const replayed: string[] = [];
    let [after, calls] = [undefined as number | undefined, 0];
    do {
      const counts = noCounts();
      const { DB } = countedEnv(env, counts);
      const now = Date.now();
      const part = await replaySince(DB, accountId, webhookId, { since, after, now }, bounds);
      expect(part.deliveryIds.length).toBeLessThanOrEqual(bounds.replayed);
      expect(counts.rowsRead).toBeLessThan(4 * 6 * bounds.far);
      replayed.push(...part.deliveryIds);
      after = part.next ?? undefined;
      calls += 1;
    } while (after !== undefined);
    expect(calls).toBeGreaterThan(2);
    expect(calls).toBeLessThan(8);
    expect(new Set(replayed).size).toBe(230);
    const again = await replaySince(env.DB, accountId, webhookId, { since, now: Date.now() });
    expect(again).toEqual({ deliveryIds: [], next: null });
  });
});

describe("after thirty days", () => {
  test("events and finished deliveries are let go, what is under way stays", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { fail: 1 });
    const done = await fannedOut(env, calls, newEvent(endpoint.accountId));
    await bring(env, done);
    vi.setSystemTime(start + 10_000);
    await bring(env, done);
    const open = newEvent(endpoint.accountId);
    await bring(env, await fannedOut(env, calls, open));
    await sweepWebhooks(env, start + 30 * day - 1);
    expect(await deliveriesOf(endpoint)).toHaveLength(2);
    await sweepWebhooks(env, start + 31 * day);
    expect(await deliveriesOf(endpoint)).toMatchObject([{ eventId: open.eventId, status: "pending" }]);
  });

  test("a minute's sweep lets go of all that is old, past what is under way, and reads little that is young", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { fail: 1 });
    const open = newEvent(endpoint.accountId);
    await bring(env, await fannedOut(env, calls, open));
    await fillEvents(endpoint.accountId, 9000);
    await sweepWebhooks(env, start + 31 * day);
    expect(await storedEvents(endpoint.accountId)).toEqual([open.eventId]);
    await fillEvents(endpoint.accountId, 3000);
    const young = noCounts();
    await forgetOldEvents(countedEnv(env, young).DB, start + 29 * day, { atOnce: 500, steps: 10 });
    expect(young.rowsRead).toBeLessThan(1000);
  });
});

async function storedEvents(accountId: AccountId): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT id FROM events WHERE account_id = ?1")
    .bind(accountId)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
