import { setTimeout as sleep } from "node:timers/promises";
import type { DecisionPacket } from "../../src/contract/verify.ts";
import type { Seeded } from "./seeded.ts";

/** What clients were told, which the record must agree with. */
export type Told = {
  /** Every decision that arrived. */
  packets: (DecisionPacket & { agentId: string })[];
  /** For each intent that a person approved: how many of the tries to spend it were allowed in the end. */
  spends: number[];
  /** Agents whose making was confirmed. */
  agents: string[];
  /** Permissions whose end was confirmed. */
  revoked: string[];
  /** Sentences about answers that no client may get. */
  breaches: string[];
  /** Calls that no answer came to, because the system was dead or died. */
  lost: number;
};

export type Account = { baseUrl: string; token: string; agents: { agentId: string; apiKey: string }[] };

type Answer = { status: number; body: Record<string, unknown> };

// Under an Idempotency-Key a retry gets the same answer for two minutes. Whoever waits longer has met no crash.
const patienceMs = 100_000;
const callMs = 15_000;

const ids = { email: "owner@example.com", password: "correct horse battery staple" };

/** An account with agents that may read, may not buy, and may deploy when a person agrees; and endpoints for all events. */
export async function openAccount(baseUrl: string, endpoints: readonly string[]): Promise<Account> {
  const made = async (path: string, body: object, headers: Record<string, string>) => {
    const answer = await call(baseUrl, "POST", path, headers, body);
    if (answer?.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer.body;
  };
  const signedUp = await fetch(`${baseUrl}/api/auth/signup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(ids),
  });
  const cookie = signedUp.headers.get("Set-Cookie")?.split(";")[0] ?? "";
  const { token } = await made(
    "/api/dashboard/tokens",
    { name: "crash" },
    { Cookie: cookie, Origin: baseUrl },
  );
  const headers = { "X-Developer-Token": String(token) };
  for (const url of endpoints) await made("/api/dashboard/webhooks", { url, events: ["*"] }, headers);
  const agents: Account["agents"] = [];
  for (const name of ["first", "second", "third"]) {
    const { agentId, apiKey } = await made("/api/agents", { name }, headers);
    await made("/api/permissions", { agentId, action: "read" }, headers);
    await made("/api/permissions", { agentId, action: "deploy", requiresApproval: true }, headers);
    agents.push({ agentId: String(agentId), apiKey: String(apiKey) });
  }
  return { baseUrl, token: String(token), agents };
}

/**
 * Clients that go on whatever happens to the system. Whoever gets no answer asks again when `isUp` says so. `nextSpend`
 * is the moment when some begin to race for a grant. `stop` lets each finish what it is at.
 */
export function beginTraffic(
  account: Account,
  random: Seeded,
  { clients, isUp }: { clients: number; isUp: () => Promise<void> },
): { told: Told; nextSpend(): Promise<void>; stop(): Promise<void> } {
  const told: Told = { packets: [], spends: [], agents: [], revoked: [], breaches: [], lost: 0 };
  const person = { "X-Developer-Token": account.token };
  const stopping = new AbortController();
  let spend = Promise.withResolvers<void>();
  let count = 0;

  async function once(method: string, path: string, headers: Record<string, string>, body: object) {
    const answer = await call(account.baseUrl, method, path, headers, body);
    if (answer === undefined) told.lost += 1;
    return answer;
  }

  /** Repeats a call until it is answered. */
  async function insist(
    what: string,
    attempt: () => Promise<Answer | undefined>,
  ): Promise<Answer | undefined> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const answer = await attempt();
      if (answer !== undefined) return answer;
      if (Date.now() > deadline) {
        told.breaches.push(`${what} was not answered within ${patienceMs / 1000} seconds.`);
        return undefined;
      }
      await isUp();
    }
  }

  async function verify(
    { agentId, apiKey }: Account["agents"][number],
    body: Record<string, unknown>,
    key?: string,
  ): Promise<DecisionPacket | undefined> {
    const headers = {
      Authorization: `Bearer ${apiKey}`,
      ...(key === undefined ? {} : { "Idempotency-Key": key }),
    };
    const answer = await insist("A verify", () => once("POST", "/api/verify", headers, { agentId, ...body }));
    if (answer === undefined) return undefined;
    if (answer.status !== 200) {
      told.breaches.push(`A verify was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return undefined;
    }
    const packet = answer.body as DecisionPacket;
    told.packets.push({ ...packet, agentId });
    return packet;
  }

  async function review(approvalId: string, verdict: "approve" | "deny"): Promise<void> {
    const path = `/api/dashboard/approvals/${approvalId}/${verdict}`;
    const answer = await insist(`To ${verdict}`, () => once("POST", path, person, {}));
    // 409: the first answer was lost, and the verdict was not.
    if (answer !== undefined && answer.status !== 200 && answer.status !== 409)
      told.breaches.push(`${verdict} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  async function plain(agent: Account["agents"][number], n: number): Promise<void> {
    const body = { action: "read", metadata: { n } };
    const first = await verify(agent, body, `plain-${n}`);
    const again = await verify(agent, body, `plain-${n}`);
    if (first?.allowed === false) told.breaches.push(`What is allowed was refused: ${first.reason}`);
    if (first && again && first.requestId !== again.requestId)
      told.breaches.push(`A key was given two answers: ${first.requestId} and ${again.requestId}.`);
  }

  async function forbidden(agent: Account["agents"][number], n: number): Promise<void> {
    const packet = await verify(agent, { action: "purchase", amount: n });
    if (packet?.allowed) told.breaches.push(`${packet.requestId} was allowed without a permission.`);
  }

  // Two race for one grant, each with a key under which it asks until it has its answer.
  async function gated(agent: Account["agents"][number], n: number): Promise<void> {
    const body = { action: "deploy", arguments: { n } };
    const held = await verify(agent, body);
    if (held === undefined) return;
    if (!held.approvalRequired) {
      told.breaches.push(`${held.requestId} was not held: ${held.reason}`);
      return;
    }
    await review(held.approvalId, "approve");
    spend.resolve();
    spend = Promise.withResolvers();
    const packets = await Promise.all(["a", "b"].map((name) => verify(agent, body, `gated-${n}-${name}`)));
    if (packets.includes(undefined)) return;
    told.spends.push(packets.filter((packet) => packet?.allowed).length);
    // So that what the loser opened does not fill up the gate.
    for (const packet of packets) if (packet?.approvalRequired) await review(packet.approvalId, "deny");
  }

  async function change(n: number): Promise<void> {
    const made = await once("POST", "/api/agents", person, { name: `agent ${n}` });
    if (made?.status !== 201) return;
    const agent = { agentId: String(made.body["agentId"]), apiKey: String(made.body["apiKey"]) };
    told.agents.push(agent.agentId);
    const permit = { agentId: agent.agentId, action: "sweep" };
    const permitted = await once("POST", "/api/permissions", person, permit);
    if (permitted?.status !== 201) return;
    const permissionId = String(permitted.body["permissionId"]);
    const before = await verify(agent, { action: "sweep" });
    if (before?.allowed === false) told.breaches.push(`A new permission did not hold: ${before.reason}`);
    const revoke = `/api/permissions/${permissionId}/revoke`;
    const ended = await insist("A revocation", () => once("POST", revoke, person, {}));
    if (ended === undefined) return;
    told.revoked.push(permissionId);
    const after = await verify(agent, { action: "sweep" });
    if (after?.allowed) told.breaches.push(`${after.requestId} was allowed after its permission had ended.`);
  }

  async function client(): Promise<void> {
    while (!stopping.signal.aborted) {
      const n = (count += 1);
      const agent = random.pick(account.agents as [Account["agents"][number], ...Account["agents"]]);
      const what = random.next();
      if (what < 0.4) await gated(agent, n);
      else if (what < 0.7) await plain(agent, n);
      else if (what < 0.85) await forbidden(agent, n);
      else await change(n);
      await sleep(random.between(0, 40));
    }
  }

  const running = Promise.all(Array.from({ length: clients }, client));
  running.catch(() => undefined);
  return {
    told,
    nextSpend: () => spend.promise,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** The answer of the product, or undefined when there is none: no connection, one that broke, or a 503 that refuses to decide. */
async function call(
  baseUrl: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: object,
): Promise<Answer | undefined> {
  try {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(callMs),
    });
    const read = (await answer.json()) as Record<string, unknown>;
    return answer.status >= 500 ? undefined : { status: answer.status, body: read };
  } catch {
    return undefined;
  }
}
