import {
  evictDurableObject,
  listDurableObjectIds,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Approval } from "../../src/contract/approval.ts";
import { feedCloseCodes, feedMessageSchema, type FeedMessage } from "../../src/contract/feed.ts";
import type { AccountId } from "../../src/contract/ids.ts";
import type { LogItem } from "../../src/contract/log.ts";
import { newId } from "../../src/crypto/ids.ts";
import { watchedMs } from "../../src/db/feed.ts";
import { Feed, maxSockets } from "../../src/feed/feed.ts";
import { feedOf } from "../../src/feed/feed-name.ts";
import { newAgent, type TestAgent } from "../api/agent-scene.ts";
import {
  agentKey,
  cookieOf,
  json,
  login,
  newMember,
  newOwner,
  newToken,
  outcome,
  password,
  remove,
  send,
  type Sending,
  type Someone,
} from "../api/people-scene.ts";
import { bring, fannedOut, line, newEndpoint, newEvent } from "../webhooks/scene.ts";

const soon = { timeout: 5000, interval: 5 };

const open = ({ headers, ...sending }: Sending) =>
  send("GET", "/api/dashboard/live", { ...sending, headers: { Upgrade: "websocket", ...headers } });

/** A page that watches, and everything that it was told. */
async function watch(sending: Sending) {
  const answer = await open(sending);
  const socket = answer.webSocket;
  if (answer.status !== 101 || socket === null) throw new Error(`${answer.status}: ${await answer.text()}`);
  const told: FeedMessage[] = [];
  const pongs: string[] = [];
  const closes: number[] = [];
  socket.addEventListener("message", ({ data }) => {
    if (data === "pong") pongs.push(data);
    else told.push(feedMessageSchema.parse(JSON.parse(String(data))));
  });
  socket.addEventListener("close", ({ code }) => {
    closes.push(code);
  });
  socket.accept();
  const of = <Type extends FeedMessage["type"]>(type: Type) =>
    told.filter((message): message is Extract<FeedMessage, { type: Type }> => message.type === type);
  return {
    socket,
    told,
    pongs,
    of,
    decisions: () => of("decision").flatMap(({ logs }) => logs),
    async closed() {
      await expect.poll(() => closes, soon).toHaveLength(1);
      return closes[0];
    },
    isOpen: () => closes.length === 0,
  };
}

const feed = (accountId: string) => feedOf(env.FEED, accountId as AccountId);

async function watchedUntil(accountId: string): Promise<number> {
  const row = await env.DB.prepare("SELECT watched_until AS at FROM accounts WHERE id = ?1")
    .bind(accountId)
    .first<{ at: number }>();
  return row?.at ?? -1;
}

const exists = async (accountId: string) => {
  const id = env.FEED.idFromName(accountId);
  return (await listDurableObjectIds(env.FEED)).some((each) => each.equals(id));
};

const everythingTaken = (agent: TestAgent) => env.LEDGER.getByName(agent.agentId).flush();

let owner: Someone;
let agent: TestAgent;

beforeAll(async () => {
  owner = await newOwner();
  agent = await newAgent(owner);
  await agent.permit({ action: "deploy", requiresApproval: true });
  await agent.permit({ action: "read" });
}, 60_000);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a page that watches", () => {
  it("is told of a request at once and as lists show it, then of the verdict and of its use", async () => {
    const page = await watch({ cookie: owner.cookie });
    const approvalId = await agent.hold("deploy", { body: { arguments: { to: "production" } } });
    const asked = Date.now();
    await expect.poll(() => page.of("approval"), soon).toHaveLength(1);
    expect(Date.now() - asked).toBeLessThan(1000);
    const [pending] = page.of("approval");
    const { approval: listed } = await json<{ approval: Approval }>(
      send("GET", `/api/dashboard/approvals/${approvalId}`, { cookie: owner.cookie }),
    );
    expect(pending).toMatchObject({ approvalId, status: "pending", approval: listed });
    expect(listed.arguments).toEqual({ to: "production" });
    await json(agent.decide(approvalId, "approve"));
    await agent.verify("deploy", { body: { arguments: { to: "production" } } });
    await expect
      .poll(() => page.of("approval").map(({ status }) => status), soon)
      .toEqual(["pending", "approved", "used"]);
    const versions = page.of("approval").map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    page.socket.close();
  });

  it("is told of decisions once lists have them, and of many at once in few messages", async () => {
    const page = await watch({ cookie: owner.cookie });
    const one = await agent.verify("read");
    await expect
      .poll(() => page.decisions().map(({ requestId }) => requestId), soon)
      .toContain(one.requestId);
    const { logs } = await json<{ logs: LogItem[] }>(
      send("GET", `/api/dashboard/logs?requestId=${one.requestId}`, { cookie: owner.cookie }),
    );
    expect(page.decisions()).toContainEqual(logs[0]);
    const before = page.of("decision").reduce((sum, { count }) => sum + count, 0);
    const messagesBefore = page.of("decision").length;
    await Promise.all(Array.from({ length: 40 }, () => agent.verify("read")));
    await everythingTaken(agent);
    await expect
      .poll(() => page.of("decision").reduce((sum, { count }) => sum + count, 0), soon)
      .toBe(before + 40);
    expect(page.of("decision").length - messagesBefore).toBeLessThan(40);
    for (const { logs: some } of page.of("decision")) expect(some.length).toBeLessThanOrEqual(20);
    page.socket.close();
  });

  it("is told what became of a delivery", async () => {
    const { accountId, cookie } = await newOwner();
    const page = await watch({ cookie });
    const endpoint = await newEndpoint(accountId as AccountId);
    const { env: to, calls } = line();
    const event = newEvent(accountId as AccountId);
    const [deliveryId = newId("delivery")] = await fannedOut(to, calls, event);
    await bring(to, [deliveryId]);
    await expect
      .poll(() => page.told, soon)
      .toEqual([
        {
          type: "delivery",
          deliveryId,
          webhookId: endpoint.webhookId,
          eventId: event.eventId,
          status: "delivered",
        },
      ]);
    page.socket.close();
  });

  it("goes on being told after its feed has slept, and keeps its connection open with pings", async () => {
    const page = await watch({ cookie: owner.cookie });
    await evictDurableObject(feed(owner.accountId));
    page.socket.send("ping");
    await expect.poll(() => page.pongs, soon).toHaveLength(1);
    const { requestId } = await agent.verify("read");
    await expect.poll(() => page.decisions().map((log) => log.requestId), soon).toContain(requestId);
    page.socket.close();
  });
});

describe("who may watch", () => {
  it("is whoever may read, by a cookie from our own pages or by a developer token", async () => {
    const { token } = await newToken(owner);
    const viewer = await newMember(owner, "viewer");
    const { cookie } = owner;
    const table: [Sending, string][] = [
      [{ cookie: viewer.cookie }, "101"],
      [{ token, origin: null }, "101"],
      [{ token, origin: "https://evil.example" }, "101"],
      [{ cookie, origin: null }, "403 INVALID_ORIGIN"],
      [{ cookie, origin: "null" }, "403 INVALID_ORIGIN"],
      [{ cookie, origin: "https://evil.example" }, "403 INVALID_ORIGIN"],
      [{ cookie, origin: "http://localhost:8788" }, "403 INVALID_ORIGIN"],
      [{ bearer: agentKey }, "403 AGENT_KEY_FORBIDDEN"],
      [{ bearer: agent.apiKey }, "403 AGENT_KEY_FORBIDDEN"],
      [{}, "401 AUTH_REQUIRED"],
      [{ cookie, headers: { Upgrade: "" } }, "426 UPGRADE_REQUIRED"],
    ];
    for (const [sending, expected] of table) {
      const answer = await open(sending);
      answer.webSocket?.accept();
      answer.webSocket?.close();
      const how = answer.status === 101 ? "101" : await outcome(Promise.resolve(answer));
      expect(how, JSON.stringify(sending)).toBe(expected);
    }
  });

  it("sees nothing of another account, whoever calls its feed", async () => {
    const other = await newOwner();
    const [ours, theirs] = [await watch({ cookie: owner.cookie }), await watch({ cookie: other.cookie })];
    await agent.hold("deploy", { body: { amount: 1 } });
    await expect.poll(() => ours.told.length, soon).toBeGreaterThan(1);
    expect(theirs.told).toEqual([]);
    const confused = runInDurableObject(feed(other.accountId), (instance: Feed) =>
      instance.publish(owner.accountId as AccountId, ["{}"]),
    );
    await expect(confused).rejects.toThrow("another account");
    ours.socket.close();
    theirs.socket.close();
  });

  it("opens a bounded number of connections, and sends nothing", async () => {
    const someone = await newMember(owner, "viewer");
    const pages = [];
    for (let page = 0; page < maxSockets.ofPerson; page += 1)
      pages.push(await watch({ cookie: someone.cookie }));
    const answer = await open({ cookie: someone.cookie });
    expect(await outcome(Promise.resolve(answer.clone()))).toBe("429 RATE_LIMIT_EXCEEDED");
    expect(answer.headers.get("Retry-After")).toBe("30");
    pages[0]?.socket.send(JSON.stringify({ type: "approval" }));
    expect(await pages[0]?.closed()).toBe(1008);
    await expect.poll(async () => (await open({ cookie: someone.cookie })).status, soon).toBe(101);
    for (const { socket } of pages) socket.close();
  });
});

describe("a connection closes", () => {
  type End = (someone: Someone, token: { token: string; tokenId: string }) => Promise<unknown>;
  const elsewhere = async ({ email }: Someone) => cookieOf(await login(email, password));
  const ends: [string, "cookie" | "token", End][] = [
    ["signing out", "cookie", ({ cookie }) => send("POST", "/api/auth/logout", { cookie })],
    [
      "ending the session from elsewhere",
      "cookie",
      async (someone) => {
        const cookie = await elsewhere(someone);
        const { sessions } = await json<{ sessions: { sessionId: string; isCurrent: boolean }[] }>(
          send("GET", "/api/auth/sessions", { cookie }),
        );
        for (const { sessionId, isCurrent } of sessions)
          if (!isCurrent) await json(send("DELETE", `/api/auth/sessions/${sessionId}`, { cookie }));
      },
    ],
    [
      "a new password",
      "cookie",
      async (someone) =>
        json(
          send("POST", "/api/auth/password", {
            cookie: await elsewhere(someone),
            body: { currentPassword: password, newPassword: "another long password" },
          }),
        ),
    ],
    ["being put out of the workspace", "cookie", (someone) => remove(owner, someone)],
    ["being put out of the workspace", "token", (someone) => remove(owner, someone)],
    [
      "deleting the token",
      "token",
      ({ cookie }, { tokenId }) => json(send("DELETE", `/api/dashboard/tokens/${tokenId}`, { cookie })),
    ],
  ];

  it.each(ends)("at once on %s (by %s)", async (_what, by, end) => {
    const someone = await newMember(owner, "viewer");
    const token = await newToken(someone);
    const sending = by === "cookie" ? { cookie: someone.cookie } : { token: token.token };
    const [page, bystander] = [await watch(sending), await watch({ cookie: owner.cookie })];
    await end(someone, token);
    expect(await page.closed()).toBe(feedCloseCodes.signedOut);
    expect(bystander.isOpen()).toBe(true);
    bystander.socket.close();
  });

  it("by the feed's own look within half a minute, whoever forgot to say so", async () => {
    const gone = await newMember(owner, "admin", "approver");
    const stays = await newMember(owner, "viewer");
    const [leaving, staying] = [await watch({ cookie: gone.cookie }), await watch({ cookie: stays.cookie })];
    const next = await runInDurableObject(feed(owner.accountId), (_, { storage }) => storage.getAlarm());
    expect((next ?? Infinity) - Date.now()).toBeLessThan(30_000);
    await env.DB.prepare("DELETE FROM members WHERE user_id = ?1").bind(gone.userId).run();
    await runDurableObjectAlarm(feed(owner.accountId));
    expect(await leaving.closed()).toBe(feedCloseCodes.signedOut);
    expect(staying.isOpen()).toBe(true);
    await env.DB.prepare("UPDATE sessions SET expires_at = ?1 WHERE user_id = ?2")
      .bind(Date.now(), stays.userId)
      .run();
    await runDurableObjectAlarm(feed(owner.accountId));
    expect(await staying.closed()).toBe(feedCloseCodes.signedOut);
  });

  it("within a minute where nobody can tell, and until then nobody unknown is let in", async () => {
    const alone = await newOwner();
    const page = await watch({ cookie: alone.cookie });
    const id = feed(alone.accountId);
    // D1 out of reach, for the feed only.
    await runInDurableObject(id, (instance: Feed) => {
      const broken = { DB: { prepare: () => { throw new Error("out of reach"); } } }; // prettier-ignore
      Object.defineProperty(instance, "env", { value: { ...env, ...broken } });
    });
    expect(await outcome(open({ cookie: alone.cookie }))).toBe("503 UNAVAILABLE");
    await runDurableObjectAlarm(id);
    expect(page.isOpen()).toBe(true);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 51_000 });
    try {
      await runDurableObjectAlarm(id);
      expect(await page.closed()).toBe(feedCloseCodes.tryAgain);
    } finally {
      vi.useRealTimers();
    }
  });

  it("and tells nobody whose right was not looked at for a minute, however late the alarm", async () => {
    const alone = await newOwner();
    const page = await watch({ cookie: alone.cookie });
    await env.DB.prepare("DELETE FROM sessions WHERE user_id = ?1").bind(alone.userId).run();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    try {
      await feed(alone.accountId).publish(alone.accountId as AccountId, ["{}"]);
      expect(await page.closed()).toBe(feedCloseCodes.signedOut);
      expect(page.told).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("while nobody watches", () => {
  it("no feed is called, and none exists", async () => {
    const quiet = await newAgent();
    await quiet.permit({ action: "deploy", requiresApproval: true });
    await json(quiet.decide(await quiet.hold("deploy"), "approve"));
    await quiet.verify("deploy");
    await everythingTaken(quiet);
    expect(await watchedUntil(quiet.owner.accountId)).toBe(0);
    expect(await exists(quiet.owner.accountId)).toBe(false);
  });

  it("a mark that was left is taken back by the first call for nothing", async () => {
    const alone = await newAgent();
    const { accountId, cookie } = alone.owner;
    const page = await watch({ cookie });
    expect((await watchedUntil(accountId)) - Date.now()).toBeGreaterThan(watchedMs / 2);
    page.socket.close();
    const sockets = () => runInDurableObject(feed(accountId), (_, state) => state.getWebSockets().length);
    await expect.poll(sockets, soon).toBe(0);
    await alone.verify("read");
    await everythingTaken(alone);
    await expect.poll(() => watchedUntil(accountId), soon).toBe(0);
    await runDurableObjectAlarm(feed(accountId));
    const alarm = await runInDurableObject(feed(accountId), (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeNull();
  });

  it("and not from somebody who came in between", async () => {
    const { accountId, cookie } = await newOwner();
    const gap = { isOver: false };
    await runInDurableObject(feed(accountId), (instance: Feed) => {
      const prepare = (sql: string) => {
        const statement = env.DB.prepare(sql);
        if (!sql.includes("watched_until = 0")) return statement;
        const run = async () => {
          while (!gap.isOver) await scheduler.wait(5);
          return statement.bind(accountId).run();
        };
        return { bind: () => ({ run }) };
      };
      const batch = (statements: D1PreparedStatement[]) => env.DB.batch(statements);
      Object.defineProperty(instance, "env", { value: { ...env, DB: { prepare, batch } } });
    });
    const forNothing = feed(accountId).publish(accountId as AccountId, []);
    const page = await watch({ cookie });
    gap.isOver = true;
    await forNothing;
    expect(await watchedUntil(accountId)).toBeGreaterThan(Date.now());
    page.socket.close();
  });
});

describe("a feed that fails", () => {
  it("fails and delays nothing: decisions are made, recorded and listed", async () => {
    const page = await watch({ cookie: owner.cookie });
    const publish = vi
      .spyOn(Feed.prototype, "publish")
      .mockImplementation(() => new Promise((_resolve, reject) => setTimeout(reject, 2000)));
    const began = Date.now();
    const approvalId = await agent.hold("deploy", { body: { amount: 2 } });
    await json(agent.decide(approvalId, "deny"));
    const { requestId } = await agent.verify("read");
    await everythingTaken(agent);
    expect(Date.now() - began).toBeLessThan(2000);
    await expect.poll(() => publish.mock.calls.length, soon).toBeGreaterThan(1);
    const { logs } = await json<{ logs: LogItem[] }>(
      send("GET", `/api/dashboard/logs?requestId=${requestId}`, { cookie: owner.cookie }),
    );
    expect(logs).toHaveLength(1);
    page.socket.close();
  });
});
