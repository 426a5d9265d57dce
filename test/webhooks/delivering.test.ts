import { env } from "cloudflare:workers";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { EventType } from "../../src/contract/event.ts";
import { newId } from "../../src/crypto/ids.ts";
import { checkDelivery } from "../../src/crypto/webhook-signature.ts";
import { disableWebhook } from "../../src/db/webhooks.ts";
import { nextAttemptAt, queueDelaySeconds, retryDelaysMs } from "../../src/webhooks/schedule.ts";
import {
  bring,
  bringEvents,
  deliveriesOf,
  fannedOut,
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

describe("a delivery", () => {
  test("carries the event as it is, signed under both schemes, and ends with a 2xx", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { status: 204 });
    const event = newEvent(endpoint.accountId);
    await bring(env, await fannedOut(env, calls, event));

    const [request, ...more] = await received(endpoint);
    if (request === undefined) throw new Error("Nothing came.");
    expect(more).toEqual([]);
    expect(request.method).toBe("POST");
    expect(request.body).toBe(JSON.stringify(event));
    expect(request.headers).toMatchObject({
      "content-type": "application/json",
      "webhook-id": event.eventId,
      "behalfid-event-id": event.eventId,
      "webhook-timestamp": String(start / 1000),
    });
    const headers = { body: request.body, header: (name: string) => request.headers[name] ?? null };
    expect(await checkDelivery(headers, [endpoint.secret], { now: Date.now() })).toBeNull();
    for (const Webhook of [StandardWebhook, SvixWebhook])
      expect(() => new Webhook(endpoint.secret).verify(request.body, request.headers)).not.toThrow();

    const [delivery] = await deliveriesOf(endpoint);
    expect(delivery).toMatchObject({ status: "delivered", attemptCount: 1, nextAttemptAt: null });
    expect(delivery?.attempts).toEqual([
      {
        number: 1,
        at: new Date(start).toISOString(),
        durationMs: expect.any(Number),
        status: 204,
        error: null,
        response: null,
        nextAttemptAt: null,
      },
    ]);
  });

  test("is made once, however often its message and its event come, also at the same time", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { delay: 100 });
    const event = newEvent(endpoint.accountId);
    const ids = await fannedOut(env, calls, event);
    // The event again before anything was sent: the same delivery is called for again.
    expect(await fannedOut(env, calls, event)).toEqual(ids);
    await Promise.all([bring(env, [...ids, ...ids]), bring(env, ids), bring(env, ids)]);
    await bring(env, ids);
    expect(await fannedOut(env, calls, event)).toEqual([]);
    await bring(env, ids);
    expect(await received(endpoint)).toHaveLength(1);
    expect(await deliveriesOf(endpoint)).toHaveLength(1);
  });

  test("goes to every endpoint of the account that wants it, and to no other account's", async () => {
    const { env, calls } = line();
    const [ours, theirs] = [await newAccount(), await newAccount()];
    const all = await newEndpoint(ours);
    const some = await newEndpoint(ours, {}, { events: ["agent.created", "agent.disabled"] });
    const others = await newEndpoint(ours, {}, { events: ["approval.requested"] });
    const off = await newEndpoint(ours);
    await disableWebhook(env.DB, ours, off.webhookId, Date.now());
    const pager = await newEndpoint(ours, {}, { format: "pagerduty" });
    const foreign = await newEndpoint(theirs);
    await bring(env, await fannedOut(env, calls, newEvent(ours)));
    expect(await received(all)).toHaveLength(1);
    expect(await received(some)).toHaveLength(1);
    for (const none of [others, off, pager, foreign]) expect(await received(none)).toEqual([]);
  });

  test("of an account without endpoints is no delivery, and of a stranger's no event", async () => {
    const { env, calls } = line();
    const accountId = await newAccount();
    await bringEvents(env, [newEvent(accountId), newEvent("acct_nobody0000000000")]);
    expect(calls).toEqual([]);
    const stored = "SELECT account_id, fanned_out_at FROM events WHERE account_id IN (?1, ?2)";
    const { results } = await env.DB.prepare(stored).bind(accountId, "acct_nobody0000000000").all();
    expect(results).toEqual([{ account_id: accountId, fanned_out_at: start }]);
  });

  test("of a type that this code does not know waits for code that does", async () => {
    const { env } = line();
    const result = await bringEvents(env, [
      newEvent(await newAccount(), { type: "agent.promoted" as never }),
    ]);
    expect(result.retryMessages).toHaveLength(1);
  });

  test("carries no secret that an agent or a person put into an event", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount());
    const key = `bhf_sk_${"A".repeat(43)}`;
    const data = { action: `call with ${key}`, nested: [{ [key]: `Bearer ${"t0ken".repeat(5)}` }] };
    await bring(env, await fannedOut(env, calls, newEvent(endpoint.accountId, { data })));
    const [request] = await received(endpoint);
    expect(request?.body).toContain("call with bhf_sk_[redacted]");
    expect(request?.body).not.toMatch(/A{20}|t0ken/);
    const { results } = await env.DB.prepare("SELECT event FROM events").all();
    expect(JSON.stringify(results)).not.toContain(key);
  });

  test("in the form of Slack or PagerDuty is signed, too, and shows its routing key to nobody else", async () => {
    const { env, calls } = line();
    const accountId = await newAccount();
    const routingKey = "0123456789abcdef0123456789abcdef";
    const slack = await newEndpoint(accountId, {}, { format: "slack" });
    // A receiver that says back what it got, with the key across the end of what is kept.
    const pager = await newEndpoint(accountId, { echo: 2020 }, { format: "pagerduty", routingKey });
    const data = { approvalId: "apr_0000000000000001", agentId: "agent_0000000000000001", action: "deploy" };
    const event = newEvent(accountId, { type: "approval.requested", data });
    await bring(env, await fannedOut(env, calls, event));
    for (const endpoint of [slack, pager]) {
      const [request] = await received(endpoint);
      new StandardWebhook(endpoint.secret).verify(request?.body ?? "", request?.headers ?? {});
    }
    expect((await received(slack))[0]?.body).toContain('"blocks"');
    expect(JSON.parse((await received(pager))[0]?.body ?? "")).toMatchObject({
      routing_key: routingKey,
      event_action: "trigger",
    });
    const log = JSON.stringify([await deliveriesOf(pager), await webhookOf(pager)]);
    expect(log).not.toContain(routingKey.slice(0, 8));
    const { results } = await env.DB.prepare("SELECT * FROM webhooks, webhook_secrets").all();
    expect(JSON.stringify(results)).not.toContain(routingKey);
    expect(JSON.stringify(results)).not.toContain(pager.secret.slice(6));
  });
});

describe("an alert at PagerDuty", () => {
  type Behaviour = Record<string, string | number>;

  /** A request that was asked for now, at an endpoint for alerts, and what became of it there. */
  async function alerting(behaviour: Behaviour = {}) {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), behaviour, { format: "pagerduty" });
    const { accountId } = endpoint;
    const [agentId, approvalId] = [newId("agent"), newId("approval")];
    await env.DB.batch([
      env.DB.prepare("INSERT INTO agents (id, account_id, name, created_at) VALUES (?1, ?2, 'A', 0)").bind(
        agentId,
        accountId,
      ),
      env.DB.prepare(
        `INSERT INTO approvals (id, version, account_id, agent_id, permission_id, status, request_id, intent, fingerprint,
           require_different_approver, epoch, created_at, expires_at)
         VALUES (?1, 1, ?2, ?3, 'perm_1', 'pending', 'req_1', '{}', 'f', 0, 0, 0, 1)`,
      ).bind(approvalId, accountId, agentId),
    ]);
    const become = (status: string) =>
      env.DB.prepare("UPDATE approvals SET status = ?2 WHERE id = ?1").bind(approvalId, status).run();
    const tell = (type: EventType) =>
      fannedOut(env, calls, newEvent(accountId, { type, data: { approvalId, agentId, action: "deploy" } }));
    const actions = async () =>
      (await received(endpoint)).map(
        ({ body }) => (JSON.parse(body) as { event_action: string }).event_action,
      );
    return { env, calls, endpoint, become, tell, actions };
  }

  test("is not opened again by a request that comes after it was decided", async () => {
    const { env, become, tell, actions } = await alerting({ fail: 1 });
    const ids = await tell("approval.requested");
    await bring(env, ids);
    await become("denied");
    vi.setSystemTime(start + 10_000);
    await bring(env, ids);
    expect(await actions()).toEqual(["trigger", "resolve"]);
  });

  test("is opened and closed, in this order, however soon the request is decided", async () => {
    const { env, calls, become, tell, actions } = await alerting();
    await become("used");
    const requested = await tell("approval.requested");
    const ends = [...(await tell("approval.approved")), ...(await tell("approval.used"))];
    await bring(env, ends);
    expect(await actions()).toEqual([]);
    calls.length = 0;
    await bring(env, requested);
    expect(await actions()).toEqual(["trigger"]);
    // One end is called for when the request has gone, the other after it.
    await bring(
      env,
      calls.splice(0).map(({ deliveryId }) => deliveryId),
    );
    await bring(
      env,
      calls.splice(0).map(({ deliveryId }) => deliveryId),
    );
    expect(await actions()).toEqual(["trigger", "resolve", "resolve"]);
  });

  test("is not closed while the request is still being sent", async () => {
    const { env, calls, become, tell, actions } = await alerting({ delay: 300 });
    const requested = await tell("approval.requested");
    const sending = bring(env, requested);
    await vi.waitFor(async () => expect(await actions()).toEqual(["trigger"]), { timeout: 10_000 });
    await become("denied");
    calls.length = 0;
    const denied = await tell("approval.denied");
    await bring(env, denied);
    expect(await actions()).toEqual(["trigger"]);
    await sending;
    await vi.waitFor(() => expect(calls.at(-1)?.deliveryId).toBe(denied[0]), { timeout: 10_000 });
    await bring(env, denied);
    expect(await actions()).toEqual(["trigger", "resolve"]);
  });

  test("is not opened by a request that comes after its end has gone", async () => {
    const { env, become, tell, actions } = await alerting();
    await become("approved");
    await bring(env, await tell("approval.approved"));
    await bring(env, await tell("approval.requested"));
    expect(await actions()).toEqual(["resolve", "resolve"]);
  });

  test("wakes nobody for what was decided long ago, or ended with its permission", async () => {
    const long = await alerting();
    await long.become("approved");
    const ids = await long.tell("approval.requested");
    vi.setSystemTime(start + 60_000);
    await bring(long.env, ids);
    expect(await long.actions()).toEqual(["resolve"]);
    const ended = await alerting();
    await ended.become("void");
    await bring(ended.env, await ended.tell("approval.requested"));
    expect(await ended.actions()).toEqual(["resolve"]);
  });
});

describe("a delivery that fails", () => {
  test("comes again at the scheduled distances, freshly signed, and a dead letter after the last", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { status: 500, body: "try later" });
    const [id] = await fannedOut(env, calls, newEvent(endpoint.accountId));
    if (id === undefined) throw new Error("There is no delivery.");
    calls.length = 0;

    for (const [step, delay] of retryDelaysMs.entries()) {
      await bring(env, [id]);
      const [delivery] = await deliveriesOf(endpoint);
      const due = Date.parse(delivery?.nextAttemptAt ?? "");
      const { durationMs = 0, ...attempt } = delivery?.attempts.at(-1) ?? {};
      expect(attempt).toMatchObject({ number: step + 1, status: 500, response: "try later" });
      expect(due - Date.now() - durationMs).toBeGreaterThanOrEqual(delay);
      expect(due - Date.now() - durationMs).toBeLessThanOrEqual(delay * 1.1);
      // A message for the next attempt, not earlier than it is due.
      const call = calls.splice(0);
      expect(call).toEqual([{ deliveryId: id, delaySeconds: Math.ceil((due - Date.now()) / 1000) }]);

      // Called too early, it waits; called in time, it goes out.
      vi.setSystemTime(due - 1);
      expect((await bring(env, [id])).result.retryMessages).toHaveLength(1);
      expect(await received(endpoint)).toHaveLength(step + 1);
      vi.setSystemTime(due);
    }
    await bring(env, [id]);
    const [dead] = await deliveriesOf(endpoint);
    expect(dead).toMatchObject({ status: "dead", deadReason: "attempts_exhausted", attemptCount: 8 });
    expect(calls).toEqual([]);
    vi.setSystemTime(Date.now() + day);
    await bring(env, [id]);

    const requests = await received(endpoint);
    expect(requests).toHaveLength(8);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(8);
  });

  test.each([1, 3, 7])("%i times arrives with the attempt after that", async (fail) => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount(), { fail });
    const ids = await fannedOut(env, calls, newEvent(endpoint.accountId));
    for (let attempt = 0; attempt <= fail; attempt += 1) {
      await bring(env, ids);
      vi.setSystemTime(Date.parse((await deliveriesOf(endpoint))[0]?.nextAttemptAt ?? "") || Date.now());
    }
    expect(await received(endpoint)).toHaveLength(fail + 1);
    expect(await deliveriesOf(endpoint)).toMatchObject([{ status: "delivered", attemptCount: fail + 1 }]);
  });

  test.each([
    ["a redirect, which is not followed", { status: 307, location: "/elsewhere" }, { status: 307 }],
    ["a client error", { status: 404 }, { status: 404 }],
    ["an address where nobody listens", { url: "http://127.0.0.1:9/" }, { error: "connection_failed" }],
    ["a target that is not allowed any more", { url: "https://10.0.0.1/" }, { error: "target_refused" }],
  ])("fails with %s", async (_, { url, ...behaviour }: Record<string, string | number>, expected) => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(
      await newAccount(),
      behaviour,
      url === undefined ? {} : { url: String(url) },
    );
    await bring(env, await fannedOut(env, calls, newEvent(endpoint.accountId)));
    const [delivery] = await deliveriesOf(endpoint);
    expect(delivery).toMatchObject({
      status: "pending",
      attempts: [{ status: null, error: null, ...expected }],
    });
    const elsewhere = { ...endpoint, mailbox: new URL("/elsewhere", endpoint.mailbox).href };
    expect(await received(elsewhere)).toEqual([]);
  });

  test("whose secret cannot be opened goes to nobody unsigned", async () => {
    const { env, calls } = line();
    const endpoint = await newEndpoint(await newAccount());
    await env.DB.prepare("UPDATE webhook_secrets SET sealed = 'v1.AAAA' WHERE webhook_id = ?1")
      .bind(endpoint.webhookId)
      .run();
    await bring(env, await fannedOut(env, calls, newEvent(endpoint.accountId)));
    expect(await received(endpoint)).toEqual([]);
    expect(await deliveriesOf(endpoint)).toMatchObject([{ attempts: [{ error: "signing_failed" }] }]);
  });

  test("does not fail for a body without end, and keeps only its first bytes, without secrets", async () => {
    const { env, calls } = line();
    const accountId = await newAccount();
    const endless = await newEndpoint(accountId, { stream: 1 });
    const big = await newEndpoint(accountId, { big: 1 });
    const leaky = await newEndpoint(accountId, { body: `\u001b[31m got bhf_sk_${"B".repeat(43)}\u202e` });
    const began = performance.now();
    await bring(env, await fannedOut(env, calls, newEvent(accountId)));
    expect(performance.now() - began).toBeLessThan(4000);
    for (const endpoint of [endless, big, leaky]) {
      const [delivery] = await deliveriesOf(endpoint);
      expect(delivery?.status).toBe("delivered");
      expect(delivery?.attempts[0]?.response?.length).toBeLessThanOrEqual(2048);
    }
    expect((await deliveriesOf(leaky))[0]?.attempts[0]?.response).toBe(
      "\ufffd[31m got bhf_sk_[redacted]\ufffd",
    );
    expect((await deliveriesOf(big))[0]?.attempts[0]?.response).toMatch(/^x{2048}$/);
  });
});

describe("the schedule", () => {
  test("is the contract's, with a jitter of at most a tenth that never makes it earlier", () => {
    const seconds = retryDelaysMs.map((ms) => ms / 1000);
    expect(seconds).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 36_000]);
    for (const [step, delay] of retryDelaysMs.entries()) {
      expect(nextAttemptAt(step, 1000, 0)).toBe(1000 + delay);
      expect(nextAttemptAt(step, 1000, 1)).toBe(1000 + Math.round(delay * 1.1));
    }
    expect(nextAttemptAt(retryDelaysMs.length, 1000, 0)).toBeNull();
  });

  test("stays within what a queue holds back, in whole seconds and never early", () => {
    expect(queueDelaySeconds(5001, 0)).toBe(6);
    expect(queueDelaySeconds(0, 5000)).toBe(0);
    for (const [step] of retryDelaysMs.entries())
      expect(queueDelaySeconds(nextAttemptAt(step, 0, 1) ?? 0, 0)).toBeLessThanOrEqual(12 * 3600);
    expect(queueDelaySeconds(30 * day, 0)).toBe(12 * 3600);
  });
});

test("an account without endpoints costs an event one round trip and the rows of the event", async () => {
  const { env: line0 } = line();
  const accountId = await newAccount();
  let trips = 0;
  let written = 0;
  const counting = {
    prepare: (sql: string) => env.DB.prepare(sql),
    batch: async (statements: D1PreparedStatement[]) => {
      trips += 1;
      const results = await env.DB.batch(statements);
      for (const { meta } of results) written += meta.rows_written;
      return results;
    },
  } as unknown as D1Database;
  await bringEvents({ ...line0, DB: counting }, [newEvent(accountId)]);
  expect(trips).toBe(1);
  // The row, its two indexes, and the counter of the sequence.
  expect(written).toBeLessThanOrEqual(4);
});
