import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import { type Delivery, maxWebhooks, type Webhook } from "../../src/contract/webhook.ts";
import { checkDelivery } from "../../src/crypto/webhook-signature.ts";
import { type EventQuery, eventsOfAccount } from "../../src/db/events.ts";
import { json, newMember, newOwner, newToken, outcome, send, type Someone } from "../api/people-scene.ts";
import { countedEnv, noCounts } from "../support/counted-env.ts";
import { bring, bringEvents, fillEvents, line, newAccount, newEvent, type Received, start } from "./scene.ts";

type Issued = { webhook: Webhook; secret: string };
type Page = { deliveries: Delivery[]; nextCursor: string | null };
type EventPage = { events: Event[]; nextCursor: string | null; after: string };

const queues = line();
const vars = { ENVIRONMENT: "local", DELIVERIES: queues.env.DELIVERIES, EVENTS: queues.env.EVENTS };
const hooks = "/api/dashboard/webhooks";

let owner: Someone;
let stranger: Someone;

beforeAll(async () => {
  owner = await newOwner();
  stranger = await newOwner();
}, 30_000);
beforeEach(() => void queues.calls.splice(0));
afterEach(() => void vi.useRealTimers());

const ask = <T>(method: string, path: string, body?: unknown, status = 200, who = owner): Promise<T> =>
  json<T>(send(method, path, { cookie: who.cookie, vars, ...(body === undefined ? {} : { body }) }), status);

const make = (body: Record<string, unknown> = {}): Promise<Issued> =>
  ask("POST", hooks, { url: "https://example.com/hook", events: ["*"], ...body }, 201);

const mailbox = (name: string) => `${inject("receiver")}/${name}`;
const received = async (name: string): Promise<Received[]> => (await fetch(mailbox(name))).json();
const deliver = () =>
  bring(
    queues.env,
    queues.calls.splice(0).map(({ deliveryId }) => deliveryId),
  );

describe("a webhook", () => {
  test("is made with a secret that is shown once and kept nowhere as it is", async () => {
    const { webhook, secret, ...more } = await make({ events: ["approval.requested", "approval.requested"] });
    expect(more).toEqual({});
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhook).toEqual({
      webhookId: expect.stringMatching(/^wh_[A-Za-z0-9_-]{16,}$/),
      url: "https://example.com/hook",
      format: "json",
      events: ["approval.requested"],
      hasRoutingKey: false,
      status: "active",
      disabledReason: null,
      disabledAt: null,
      failingSince: null,
      secrets: [{ preview: `whsec_…${secret.slice(-4)}`, createdAt: webhook.createdAt, expiresAt: null }],
      createdBy: owner.userId,
      createdAt: expect.any(String),
    });
    const { webhookId } = webhook;
    expect(await ask("GET", `${hooks}/${webhookId}`)).toEqual({ webhook });
    const { webhooks } = await ask<{ webhooks: Webhook[] }>("GET", hooks);
    expect(webhooks).toContainEqual(webhook);
    const stored = await env.DB.prepare(
      "SELECT * FROM webhooks w JOIN webhook_secrets s ON s.webhook_id = w.id",
    ).all();
    expect(JSON.stringify(stored.results)).not.toContain(secret.slice("whsec_".length, -4));
  });

  test("can be made with a developer token, and with no agent key", async () => {
    const { token } = await newToken(owner);
    const body = { url: "https://example.com/hook", events: ["*"] };
    expect(await outcome(send("POST", hooks, { token, body, origin: null }))).toBe("201");
    const bearer = `bhf_sk_${"A".repeat(43)}`;
    expect(await outcome(send("POST", hooks, { bearer, body }))).toBe("403 AGENT_KEY_FORBIDDEN");
    expect(await outcome(send("POST", hooks, { body }))).toBe("401 AUTH_REQUIRED");
  });

  test.each([
    [{}, "url is required"],
    [{ url: "https://example.com/" }, "events is required"],
    [{ url: "https://example.com/", events: [] }, "at least one"],
    [{ url: "https://example.com/", events: ["approval.asked"] }, "must be an event type"],
    [{ url: "https://example.com/", events: "*" }, "must be a list"],
    [{ url: "https://example.com/", events: ["*"], format: "xml" }, "format"],
    [{ url: "https://example.com/", events: ["*"], secret: "whsec_mine" }, "not a known field"],
    [{ url: "https://169.254.169.254/", events: ["*"] }, "url must be on the public internet"],
    [{ url: "http://example.com/", events: ["*"] }, "url must start with https://"],
    [{ url: "http://localhost:8787/hook", events: ["*"] }, "must not be this service itself"],
    [{ url: "https://example.com/", events: ["*"], routingKey: "a".repeat(32) }, "pagerduty format only"],
    [{ url: "https://example.com/", events: ["agent.created"], format: "pagerduty" }, "for pagerduty"],
  ])("is refused as %j", async (body, sentence) => {
    const problem = await ask<{ detail: string }>("POST", hooks, body, 400);
    expect(problem.detail).toContain(sentence);
  });

  test("can be changed; a routing key goes in and never comes out", async () => {
    const { webhook } = await make();
    const path = `${hooks}/${webhook.webhookId}`;
    const routingKey = "0123456789abcdef0123456789abcdef";
    const changed = await ask<{ webhook: Webhook }>("PATCH", path, {
      url: "https://events.pagerduty.com/v2/enqueue",
      format: "pagerduty",
      events: ["*", "approval.requested"],
      routingKey,
    });
    expect(changed.webhook).toMatchObject({ format: "pagerduty", events: ["*"], hasRoutingKey: true });
    expect(JSON.stringify(changed)).not.toContain(routingKey);
    expect(await ask("PATCH", path, { format: "json" })).toMatchObject({
      webhook: { format: "json", hasRoutingKey: false },
    });
    await ask("PATCH", path, {}, 400);
    await ask("PATCH", path, { url: "https://[fe80::1]/" }, 400);
    await ask("PATCH", path, { status: "active" }, 400);
  });

  test("is gone when it is deleted", async () => {
    const { webhook } = await make();
    const path = `${hooks}/${webhook.webhookId}`;
    expect(await ask("DELETE", path)).toEqual({ deleted: true });
    await ask("GET", path, undefined, 404);
    await ask("DELETE", path, undefined, 404);
  });

  test("of another account does not exist, on every route", async () => {
    const { webhook } = await make({ url: mailbox("foreign") });
    const path = `${hooks}/${webhook.webhookId}`;
    const { deliveryId, eventId } = await ask<{ deliveryId: string; eventId: string }>(
      "POST",
      `${path}/test`,
      {},
      202,
    );
    const foreign: [string, string, unknown?][] = [
      ["GET", path],
      ["PATCH", path, { events: ["*"] }],
      ["DELETE", path],
      ["POST", `${path}/enable`, {}],
      ["POST", `${path}/disable`, {}],
      ["POST", `${path}/rotate-secret`, {}],
      ["POST", `${path}/test`, {}],
      ["POST", `${path}/replay`, { since: "2020-01-01T00:00:00Z" }],
      ["GET", `${path}/deliveries`],
      ["GET", `/api/dashboard/webhook-deliveries/${deliveryId}`],
      ["POST", `/api/dashboard/webhook-deliveries/${deliveryId}/replay`, {}],
      ["GET", `/api/dashboard/webhook-events/${eventId}/deliveries`],
    ];
    for (const [method, route, body] of foreign) await ask(method, route, body, 404, stranger);
    const seen = await Promise.all([
      ask("GET", hooks, undefined, 200, stranger),
      ask("GET", "/api/dashboard/webhook-events", undefined, 200, stranger),
      ask("GET", "/api/dashboard/webhook-deliveries", undefined, 200, stranger),
    ]);
    for (const id of [webhook.webhookId, deliveryId, eventId]) expect(JSON.stringify(seen)).not.toContain(id);
  });

  test("is for those who build; who only reads sees events and no addresses", async () => {
    const { webhook } = await make();
    const viewer = await newMember(owner, "viewer");
    const path = `${hooks}/${webhook.webhookId}`;
    const forbidden: [string, string, unknown?][] = [
      ["GET", hooks],
      ["GET", path],
      ["POST", hooks, { url: "https://example.com/", events: ["*"] }],
      ["POST", `${path}/rotate-secret`, {}],
      ["POST", `${path}/test`, {}],
      ["GET", "/api/dashboard/webhook-deliveries"],
    ];
    for (const [method, route, body] of forbidden) await ask(method, route, body, 403, viewer);
    await ask("GET", "/api/dashboard/webhook-events", undefined, 200, viewer);
    const developer = await newMember(owner, "developer");
    expect(await ask("GET", path, undefined, 200, developer)).toEqual({ webhook });
  });

  test("is one of fifty at most, also when they are made at the same time", async () => {
    const someone = await newOwner();
    const body = { url: "https://example.com/hook", events: ["*"] };
    const answers = await Promise.all(
      Array.from({ length: maxWebhooks + 5 }, () =>
        outcome(send("POST", hooks, { cookie: someone.cookie, body })),
      ),
    );
    expect(answers.filter((answer) => answer === "201")).toHaveLength(maxWebhooks);
    expect(answers.filter((answer) => answer === "409 CONFLICT")).toHaveLength(5);
    const first = await ask<{ webhooks: Webhook[]; nextCursor: string }>(
      "GET",
      `${hooks}?limit=30`,
      undefined,
      200,
      someone,
    );
    const next = `${hooks}?limit=30&cursor=${first.nextCursor}`;
    const second = await ask<{ webhooks: Webhook[]; nextCursor: null }>("GET", next, undefined, 200, someone);
    const ids = [...first.webhooks, ...second.webhooks].map(({ webhookId }) => webhookId);
    expect(new Set(ids).size).toBe(maxWebhooks);
    expect(second.nextCursor).toBeNull();
  });

  test("that is off is sent nothing and tests nothing until it is on again", async () => {
    const { webhook } = await make({ url: mailbox("switched") });
    const path = `${hooks}/${webhook.webhookId}`;
    const off = await ask<{ webhook: Webhook }>("POST", `${path}/disable`, {});
    expect(off.webhook).toMatchObject({ status: "disabled", disabledReason: "by_person" });
    expect(await ask("POST", `${path}/disable`, {})).toEqual(off);
    await ask("POST", `${path}/test`, {}, 409);
    await ask("POST", `${path}/replay`, { since: "2020-01-01T00:00:00Z" }, 409);
    expect(await ask("POST", `${path}/enable`, {})).toMatchObject({
      webhook: { status: "active", disabledReason: null, disabledAt: null },
    });
    await ask("POST", `${path}/test`, {}, 202);
  });
});

describe("a secret that is rotated", () => {
  test.each([
    [{}, 24 * 3600],
    [{ overlapSeconds: 60 }, 60],
  ])("leaves the old one signing: %j", async (body, overlap) => {
    const { webhook, secret } = await make();
    const path = `${hooks}/${webhook.webhookId}/rotate-secret`;
    const rotated = await ask<Issued>("POST", path, body);
    expect(rotated.secret).not.toBe(secret);
    const [fresh, old] = rotated.webhook.secrets;
    expect(rotated.webhook.secrets).toHaveLength(2);
    expect(fresh).toMatchObject({ preview: `whsec_…${rotated.secret.slice(-4)}`, expiresAt: null });
    const ends = Date.parse(old?.expiresAt ?? "") - Date.parse(fresh?.createdAt ?? "");
    expect(ends).toBe(overlap * 1000);
  });

  test("ends the old one at once with no overlap, and never gathers more than five", async () => {
    const { webhook } = await make();
    const path = `${hooks}/${webhook.webhookId}/rotate-secret`;
    for (let times = 0; times < 8; times += 1) await ask("POST", path, {});
    expect((await ask<Issued>("POST", path, {})).webhook.secrets).toHaveLength(5);
    expect((await ask<Issued>("POST", path, { overlapSeconds: 0 })).webhook.secrets).toHaveLength(1);
  });
});

describe("a test event", () => {
  test("goes to its endpoint only, whatever that has subscribed to, and is on record", async () => {
    const { webhook, secret } = await make({ url: mailbox("tested"), events: ["approval.denied"] });
    await make({ url: mailbox("bystander"), events: ["*"] });
    const path = `${hooks}/${webhook.webhookId}`;
    const { eventId, deliveryId } = await ask<{ eventId: string; deliveryId: string }>(
      "POST",
      `${path}/test`,
      {},
      202,
    );
    await deliver();
    const [request] = await received("tested");
    expect(JSON.parse(request?.body ?? "")).toMatchObject({
      eventId,
      type: "webhook.test",
      accountId: owner.accountId,
    });
    const headers = (name: string) => request?.headers[name] ?? null;
    const checked = { body: request?.body ?? "", header: headers };
    expect(await checkDelivery(checked, [secret], { now: Date.now() })).toBeNull();
    expect(await received("bystander")).toEqual([]);

    const { deliveries } = await ask<Page>("GET", `${path}/deliveries`);
    expect(deliveries).toMatchObject([
      { deliveryId, eventId, eventType: "webhook.test", status: "delivered" },
    ]);
    expect(
      (await ask<Page>("GET", `/api/dashboard/webhook-events/${eventId}/deliveries`)).deliveries,
    ).toEqual(deliveries);
    expect(await ask("GET", `/api/dashboard/webhook-deliveries/${deliveryId}`)).toEqual({
      delivery: deliveries[0],
    });
    expect((await ask<Page>("GET", `${path}/deliveries?status=dead`)).deliveries).toEqual([]);
  });
});

describe("dead letters", () => {
  test("are listed page by page, last given up first, and replayed one by one or all", async () => {
    const someone = await newOwner();
    const url = mailbox("graveyard");
    const { webhook } = await ask<Issued>(
      "POST",
      hooks,
      { url: `${url}?status=410`, events: ["*"] },
      201,
      someone,
    );
    const path = `${hooks}/${webhook.webhookId}`;
    for (let times = 0; times < 3; times += 1) {
      await bringEvents(queues.env, [newEvent(someone.user.account?.accountId ?? "acct_")]);
      await deliver();
      await ask("POST", `${path}/enable`, {}, 200, someone);
    }
    const dead = "/api/dashboard/webhook-deliveries";
    const first = await ask<Page>("GET", `${dead}?limit=2`, undefined, 200, someone);
    const rest = await ask<Page>(
      "GET",
      `${dead}?limit=2&cursor=${first.nextCursor}`,
      undefined,
      200,
      someone,
    );
    const letters = [...first.deliveries, ...rest.deliveries];
    expect(letters.map(({ status, deadReason }) => [status, deadReason])).toEqual([
      ["dead", "gone"],
      ["dead", "gone"],
      ["dead", "gone"],
    ]);
    const ends = letters.map(({ finishedAt }) => Date.parse(finishedAt ?? ""));
    expect(ends).toEqual(ends.toSorted((one, other) => other - one));

    await ask("PATCH", path, { url }, 200, someone);
    const [one] = letters;
    const replay = `${dead}/${one?.deliveryId}/replay`;
    await ask("POST", replay, {}, 202, someone);
    await ask("POST", replay, {}, 409, someone);
    await deliver();
    const conflict = await ask<{ detail: string }>("POST", replay, {}, 409, someone);
    expect(conflict.detail).toContain("was delivered");

    const since = new Date(Date.now() - 3_600_000).toISOString();
    expect(await ask("POST", `${path}/replay`, { since }, 202, someone)).toEqual({ replayed: 2 });
    await deliver();
    expect(await ask("POST", `${path}/replay`, { since }, 202, someone)).toEqual({ replayed: 0 });
    const ids = (await received("graveyard")).map(({ headers }) => headers["webhook-id"]);
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(3);
    await ask("POST", `${path}/replay`, {}, 400, someone);
    await ask("POST", `${path}/replay`, { since, cursor: "nonsense" }, 400, someone);
    await ask("GET", `${dead}?status=pending`, undefined, 400, someone);
    expect((await ask<Page>("GET", dead, undefined, 200, someone)).deliveries).toEqual([]);
  });
});

describe("the events", () => {
  test("are listed newest first, by type, page by page, with endpoints or without", async () => {
    const someone = await newOwner();
    const accountId = someone.user.account?.accountId ?? "acct_";
    const list = "/api/dashboard/webhook-events";
    const made = [0, 1, 2, 3, 4].map((index) =>
      newEvent(accountId, index % 2 ? { type: "agent.disabled" } : {}),
    );
    for (const event of made) await bringEvents(queues.env, [event]);
    const all = await ask<EventPage>("GET", `${list}?limit=3`, undefined, 200, someone);
    expect(all.events).toEqual([made[4], made[3], made[2]]);
    const older = await ask<EventPage>(
      "GET",
      `${list}?limit=3&cursor=${all.nextCursor}`,
      undefined,
      200,
      someone,
    );
    expect(older.events).toEqual([made[1], made[0]]);
    expect(older.nextCursor).toBeNull();
    const some = await ask<EventPage>(
      "GET",
      `${list}?types=agent.disabled,agent.enabled`,
      undefined,
      200,
      someone,
    );
    expect(some.events).toEqual([made[3], made[1]]);
    for (const wrong of ["types=agent.hired", "cursor=nonsense", "after=nonsense", "limit=0"])
      await ask("GET", `${list}?${wrong}`, undefined, 400, someone);
  });

  test("can be listened to: what has come since, oldest first, each once, a late one too", async () => {
    const someone = await newOwner();
    const accountId = someone.user.account?.accountId ?? "acct_";
    const list = "/api/dashboard/webhook-events";
    const listen = async (after: string, more = "") =>
      ask<EventPage>("GET", `${list}?after=${after}${more}`, undefined, 200, someone);
    let { after } = await ask<EventPage>("GET", `${list}?limit=1`, undefined, 200, someone);
    expect((await listen(after)).events).toEqual([]);
    // The second is older than the first by its own clock, and comes in later.
    const made = [
      newEvent(accountId),
      newEvent(accountId, { createdAt: new Date(start - 1).toISOString() }),
      newEvent(accountId),
    ];
    for (const event of made) await bringEvents(queues.env, [event]);
    const first = await listen(after, "&limit=2");
    expect(first.events).toEqual([made[0], made[1]]);
    ({ after } = first);
    const second = await listen(after);
    expect(second.events).toEqual([made[2]]);
    expect((await listen(second.after)).events).toEqual([]);
    expect((await listen(after, "&types=agent.disabled")).after).toBe(second.after);
  });

  test("of a type that is rare are looked for a stretch at a time, both ways, and found however far", async () => {
    const accountId = await newAccount();
    const rare = newEvent(accountId, { type: "permission.revoked" });
    await bringEvents(queues.env, [rare]);
    await fillEvents(accountId, 3000);
    await bringEvents(queues.env, [newEvent(accountId, { type: "agent.enabled" })]);
    const far = 500;
    const counts = noCounts();
    const { DB } = countedEnv(queues.env, counts);
    const page = async (query: Partial<EventQuery>) => {
      const all = { types: ["permission.revoked"] as const, limit: 10, now: start, ...query };
      const before = counts.rowsRead;
      const found = await eventsOfAccount(DB, accountId, all, far);
      expect(counts.rowsRead - before).toBeLessThan(4 * far);
      return found;
    };
    const seen: Event[] = [];
    let [pages, older] = [0, null as number | null];
    do {
      const found = await page(older === null ? {} : { before: older });
      seen.push(...found.events);
      older = found.older;
      pages += 1;
    } while (older !== null);
    expect(seen).toEqual([rare]);
    expect(pages).toBe(7);

    const { newest } = await page({});
    const heard: Event[] = [];
    let after = 0;
    while (after < newest) {
      const found = await page({ types: ["agent.enabled"], after });
      heard.push(...found.events);
      after = found.newest;
    }
    expect(heard.map(({ type }) => type)).toEqual(["agent.enabled"]);
    // Where what is asked for is not rare, little more is read than is shown.
    const before = counts.rowsRead;
    expect((await page({ types: ["agent.created"] })).events).toHaveLength(10);
    expect(counts.rowsRead - before).toBeLessThan(40);
  });
});
