import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WebhookEvent } from "../../src/sdk/index.ts";
import { checkDelivery, signDelivery } from "../../src/crypto/webhook-signature.ts";
import { expressReceiver } from "./examples/express-receiver.ts";
import { honoReceiver } from "./examples/hono-receiver.ts";
import { type Received, type Receiver, startReceiver } from "./webhook-receiver.ts";
import { startWebhookSystem, until, type WebhookSystem } from "./webhook-system.ts";

// The whole size is 1,000 events to 20 endpoints, which takes about a minute: WEBHOOK_EVENTS=1000
const manyEvents = Number(process.env.WEBHOOK_EVENTS ?? 30);

let system: WebhookSystem;
let receiver: Receiver;

type Issued = { webhook: { webhookId: string }; secret: string };
type Listed = {
  deliveries: { status: string; attempts: { status: number | null; error: string | null }[] }[];
};

beforeAll(async () => {
  receiver = await startReceiver();
  system = await startWebhookSystem();
});
afterAll(async () => {
  await system.close();
  await receiver.close();
});

async function newEndpoint(mailbox: string, behaviour: Record<string, string | number> = {}, more = {}) {
  const body = { url: receiver.url(mailbox, behaviour), events: ["agent.created"], ...more };
  const { webhook, secret } = await system.api<Issued>("POST", "/api/dashboard/webhooks", body);
  return { webhookId: webhook.webhookId, secret, mailbox };
}

async function remove({ webhookId }: { webhookId: string }): Promise<void> {
  await system.api("DELETE", `/api/dashboard/webhooks/${webhookId}`);
}

async function change(name = "worker"): Promise<string> {
  return (await system.api<{ agentId: string }>("POST", "/api/agents", { name })).agentId;
}

const agentIn = ({ body }: Received) => (JSON.parse(body) as { data: { agentId: string } }).data.agentId;
const agentsAt = (mailbox: string) => receiver.received(mailbox).map(agentIn);

async function deliveriesTo({ webhookId }: { webhookId: string }): Promise<Listed["deliveries"]> {
  const path = `/api/dashboard/webhooks/${webhookId}/deliveries?limit=100`;
  return (await system.api<Listed>("GET", path)).deliveries;
}

describe("a change", () => {
  it("is told to an endpoint, signed so that independent verifiers accept it", async () => {
    const endpoint = await newEndpoint("signed");
    const agentId = await change("Ünïcödé ✓");
    await until(() => receiver.received("signed").length === 1, 5000, "the delivery");
    const [request] = receiver.received("signed");
    if (request === undefined) throw new Error("Nothing came.");
    expect(agentIn(request)).toBe(agentId);
    for (const Webhook of [StandardWebhook, SvixWebhook])
      expect(() => new Webhook(endpoint.secret).verify(request.body, request.headers)).not.toThrow();
    const delivery = { body: request.body, header: (name: string) => request.headers[name] ?? null };
    expect(await checkDelivery(delivery, [endpoint.secret], { now: Date.now() })).toBeNull();
    await until(async () => (await deliveriesTo(endpoint))[0]?.status === "delivered", 2000, "its end");
    await remove(endpoint);
  });

  it("that an endpoint fails to take comes again after five seconds, and then not any more", async () => {
    const endpoint = await newEndpoint("retried", { fail: 1 });
    await change();
    await until(() => receiver.received("retried").length === 2, 15_000, "the second attempt");
    const [first, second] = receiver.received("retried");
    const distance = (second?.at ?? 0) - (first?.at ?? 0);
    expect(distance).toBeGreaterThanOrEqual(5000);
    expect(distance).toBeLessThan(9000);
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(second?.headers["webhook-timestamp"]).not.toBe(first?.headers["webhook-timestamp"]);
    await until(async () => (await deliveriesTo(endpoint))[0]?.status === "delivered", 2000, "its end");
    await system.later(60_000);
    await sleep(300);
    expect(receiver.received("retried")).toHaveLength(2);
    await remove(endpoint);
  });

  it("is told although the process is killed right after it", async () => {
    const endpoint = await newEndpoint("killed-early");
    const agents: string[] = [];
    for (const pause of [0, 3, 10]) {
      agents.push(await change());
      await sleep(pause);
      await system.killAndRestart();
    }
    await system.later(60_000);
    await until(() => agents.every((id) => agentsAt("killed-early").includes(id)), 10_000, "all three");
    expect(new Set(agentsAt("killed-early"))).toEqual(new Set(agents));
    await remove(endpoint);
  });

  it("is told again when the process is killed between the delivery and its end", async () => {
    const endpoint = await newEndpoint("killed-late", { delay: 400 });
    const agentId = await change();
    await until(() => receiver.received("killed-late").length === 1, 5000, "the first delivery");
    await system.killAndRestart();
    expect(await deliveriesTo(endpoint)).toMatchObject([{ status: "pending" }]);
    // Not while the lease of the dead still runs.
    await system.cron();
    await sleep(300);
    expect(receiver.received("killed-late")).toHaveLength(1);
    await system.later(60_000);
    await until(async () => (await deliveriesTo(endpoint))[0]?.status === "delivered", 5000, "its end");
    expect(agentsAt("killed-late")).toEqual([agentId, agentId]);
    const ids = receiver.received("killed-late").map(({ headers }) => headers["webhook-id"]);
    expect(new Set(ids).size).toBe(1);
    await system.later(60_000);
    await sleep(300);
    expect(receiver.received("killed-late")).toHaveLength(2);
    await remove(endpoint);
  });
});

describe("the example for", () => {
  // A receiver needs the secret before the endpoint is there that gives it.
  const examples = {
    Express: expressReceiver,
    Hono: (secret: string, handle: (event: WebhookEvent) => Promise<void>) => {
      const app = honoReceiver(secret, handle);
      return async (request: IncomingMessage, response: ServerResponse) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const headers = Object.entries(request.headers).map(
          ([name, value]) => [name, String(value)] as [string, string],
        );
        const body = Buffer.concat(chunks);
        const answer = await app.request(request.url ?? "/", { method: "POST", headers, body });
        response.statusCode = answer.status;
        response.end(await answer.text());
      };
    },
  };

  it.each(["Express", "Hono"] as const)(
    "%s takes a delivery once, and nothing that is not signed",
    async (name) => {
      const events: WebhookEvent[] = [];
      let listen: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;
      const server = createServer((request, response) => void listen(request, response)).listen(
        0,
        "127.0.0.1",
      );
      await once(server, "listening");
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/behalfid`;
      const { webhook, secret } = await system.api<Issued>("POST", "/api/dashboard/webhooks", {
        url,
        events: ["agent.created"],
      });
      listen = examples[name](secret, async (event) => void events.push(event));

      const agentId = await change("Ünïcödé ✓");
      await until(() => events.length === 1, 5000, "the event");
      expect(events[0]).toMatchObject({ type: "agent.created", data: { agentId, name: "Ünïcödé ✓" } });
      await until(async () => (await deliveriesTo(webhook))[0]?.status === "delivered", 2000, "its end");
      const [delivery] = await deliveriesTo(webhook);
      expect(delivery).toMatchObject({ status: "delivered", attempts: [{ status: 204 }] });

      const body = JSON.stringify(events[0]);
      const signed = await signDelivery(
        { eventId: events[0]?.eventId ?? "", timestamp: Math.floor(Date.now() / 1000), body },
        [secret],
      );
      const post = (headers: Record<string, string>, text = body) =>
        fetch(url, {
          method: "POST",
          headers: { "Content-Type": "application/json", ...headers },
          body: text,
        });
      expect((await post(signed)).status).toBe(204);
      expect((await post(signed, body.replace("agent.created", "agent.enabled"))).status).toBe(400);
      expect((await post({})).status).toBe(400);
      expect(events).toHaveLength(1);
      await remove(webhook);
      server.close();
    },
  );
});

describe(`${manyEvents} events to twenty endpoints`, () => {
  it("reach the healthy fifteen once each, without delay from three that hang and two that fail", async () => {
    const healthy = Array.from({ length: 15 }, (_, index) => `healthy-${index}`);
    const endpoints = await Promise.all(healthy.map((mailbox) => newEndpoint(mailbox)));
    const alone = await measure("alone", healthy);

    for (const mailbox of ["hanging-0", "hanging-1", "hanging-2"])
      endpoints.push(await newEndpoint(mailbox, { hang: 1 }));
    for (const mailbox of ["failing-0", "failing-1"])
      endpoints.push(await newEndpoint(mailbox, { status: 500 }));
    const together = await measure("together", healthy);

    const rate = (ms: number, count: number) => Math.round((manyEvents * count * 1000) / ms);
    console.log(
      `${manyEvents} events: 15 endpoints alone ${alone} ms (${rate(alone, 15)}/s), with 3 hanging and 2 failing ${together} ms`,
    );
    // Three times it is learnt that an endpoint hangs, half a second each; the failing ones are more work, and the
    // machine may have other work by now. Endpoints that held up the others would do so for many minutes.
    expect(together).toBeLessThan(alone * 3 + 10_000);
    for (const mailbox of healthy) {
      const agents = agentsAt(mailbox);
      expect(agents).toHaveLength(2 * manyEvents);
      expect(new Set(agents).size).toBe(2 * manyEvents);
    }
    for (const mailbox of ["hanging-0", "hanging-1", "hanging-2"])
      expect(receiver.received(mailbox).length).toBeGreaterThan(0);
    for (const endpoint of endpoints) await remove(endpoint);
  }, 600_000);

  // From the first change until every healthy endpoint has had all of them.
  async function measure(name: string, mailboxes: readonly string[]): Promise<number> {
    const before = new Map(mailboxes.map((mailbox) => [mailbox, receiver.received(mailbox).length]));
    const began = Date.now();
    const made = Array.from({ length: manyEvents }, (_, index) => index);
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (made.pop() !== undefined) await change(name);
      }),
    );
    const isDone = () =>
      mailboxes.every(
        (mailbox) => receiver.received(mailbox).length >= (before.get(mailbox) ?? 0) + manyEvents,
      );
    await until(isDone, 300_000, `${name}: all of ${manyEvents} events at ${mailboxes.length} endpoints`);
    return Date.now() - began;
  }
});

it("nothing secret was printed", () => {
  expect(system.output()).not.toMatch(/whsec_[A-Za-z0-9+/]{8}|bhf_(?:sk|dev)_[A-Za-z0-9_-]{8}/);
});
