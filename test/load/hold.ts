import { setTimeout as sleep } from "node:timers/promises";
import type { DecisionPacket } from "../../src/contract/verify.ts";
import { type MemoryTrend, memoryTrend } from "./memory-trend.ts";
import type { Agent, Tenant } from "./tenant.ts";

export type LoadOptions = {
  seconds: number;
  clients: number;
  /** How long a client rests between two calls, in milliseconds. */
  restMs: number;
  memoryMb: () => number;
};

export type LoadReport = {
  calls: Record<string, { count: number; p50Ms: number; p99Ms: number }>;
  /** Documented refusals: 429 and 503 that say when to come back. */
  refused: number;
  /** What went wrong: an undocumented answer, a hang, a decision that must not be. */
  errors: string[];
  memory: MemoryTrend;
};

type Client = { tenant: Tenant; agent: Agent; number: number; expectAnswer: ExpectAnswer };
type ExpectAnswer = (name: string, coming: () => Promise<Response>) => Promise<unknown>;

// How much of all calls each makes up.
const mix: { share: number; play: (client: Client) => Promise<void> }[] = [
  { share: 45, play: allowed },
  { share: 15, play: denied },
  { share: 12, play: gated },
  { share: 5, play: explained },
  { share: 8, play: ownLogs },
  { share: 8, play: allLogs },
  { share: 7, play: approvalsAndAgent },
];

class Undocumented extends Error {}

/** Keeps mixed traffic up for a while, and says what came of it. */
export async function hold(tenant: Tenant, options: LoadOptions): Promise<LoadReport> {
  const latencies = new Map<string, Latencies>();
  const errors: string[] = [];
  let refused = 0;
  let number = 0;
  const until = performance.now() + options.seconds * 1000;

  const expectAnswer: ExpectAnswer = async (name, coming) => {
    const began = performance.now();
    const answer = await coming();
    const text = await answer.text();
    const taken = latencies.get(name) ?? newLatencies();
    latencies.set(name, taken);
    taken.add(performance.now() - began);
    if (answer.ok) return JSON.parse(text);
    const isDocumented = [429, 503].includes(answer.status) && answer.headers.has("Retry-After");
    if (!isDocumented) throw new Undocumented(`${name}: ${answer.status} ${text.slice(0, 200)}`);
    refused += 1;
    await sleep(Math.min(Number(answer.headers.get("Retry-After")), 5) * 1000);
    return undefined;
  };

  async function client(index: number): Promise<void> {
    const agent = tenant.agents[index % tenant.agents.length] ?? tenant.agents[0];
    while (performance.now() < until) {
      number += 1;
      try {
        await playNext({ tenant, agent, number, expectAnswer });
      } catch (error) {
        errors.push(error instanceof Undocumented ? error.message : String(error));
        await sleep(500);
      }
      await sleep(options.restMs);
    }
  }

  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(options.memoryMb()), 500);
  await Promise.all(Array.from({ length: options.clients }, (_, index) => client(index)));
  clearInterval(sampling);
  return {
    calls: Object.fromEntries([...latencies].map(([name, taken]) => [name, taken.summary()])),
    refused,
    errors,
    memory: memoryTrend(samples),
  };
}

async function playNext(client: Client): Promise<void> {
  const all = mix.reduce((sum, { share }) => sum + share, 0);
  let left = Math.random() * all;
  for (const { share, play } of mix) {
    left -= share;
    if (left < 0) return play(client);
  }
}

function verify({ tenant, agent, expectAnswer }: Client, name: string, body: Record<string, unknown>) {
  return expectAnswer(name, () => tenant.verify(agent, body)) as Promise<DecisionPacket | undefined>;
}

function requireDecision(packet: DecisionPacket | undefined, reasonCode: DecisionPacket["reasonCode"]): void {
  if (packet !== undefined && packet.reasonCode !== reasonCode)
    throw new Undocumented(`${packet.requestId} is ${packet.reasonCode} and should be ${reasonCode}.`);
}

async function allowed(client: Client): Promise<void> {
  requireDecision(
    await verify(client, "verify allowed", { action: "read", vendor: "example.com" }),
    "allowed",
  );
}

async function denied(client: Client): Promise<void> {
  const packet = await verify(client, "verify denied", { action: "purchase", amount: 742 });
  requireDecision(packet, "no_permission");
}

async function gated(client: Client): Promise<void> {
  const { tenant, number, expectAnswer } = client;
  const body = { action: "deploy", arguments: { number } };
  const held = await verify(client, "verify gated", body);
  requireDecision(held, "requires_approval");
  if (held?.approvalRequired !== true) return;
  const path = `/api/dashboard/approvals/${held.approvalId}/approve`;
  const approved = await expectAnswer("approve", () => tenant.send("POST", path, tenant.asPerson, {}));
  if (approved === undefined) return;
  requireDecision(await verify(client, "verify spent", body), "allowed_by_grant");
}

async function explained({ tenant, agent, expectAnswer }: Client): Promise<void> {
  const headers = { Authorization: `Bearer ${agent.apiKey}` };
  const body = { agentId: agent.agentId, action: "deploy" };
  await expectAnswer("explain", () => tenant.send("POST", "/api/verify/explain", headers, body));
}

async function ownLogs({ tenant, agent, expectAnswer }: Client): Promise<void> {
  const headers = { Authorization: `Bearer ${agent.apiKey}` };
  const path = `/api/logs/${agent.agentId}?decision=denied&limit=50`;
  await expectAnswer("agent's logs", () => tenant.send("GET", path, headers));
}

async function allLogs({ tenant, expectAnswer }: Client): Promise<void> {
  const path = "/api/dashboard/logs?decision=allowed&limit=100";
  await expectAnswer("workspace's logs", () => tenant.send("GET", path, tenant.asPerson));
}

async function approvalsAndAgent({ tenant, agent, expectAnswer }: Client): Promise<void> {
  const get = (path: string) => tenant.send("GET", path, tenant.asPerson);
  await expectAnswer("approvals", () => get("/api/dashboard/approvals?status=all"));
  await expectAnswer("an agent", () => get(`/api/dashboard/agents/${agent.agentId}`));
}

type Latencies = { add(ms: number): void; summary(): { count: number; p50Ms: number; p99Ms: number } };

// Counts by steps of a twentieth, so that half an hour takes no more memory than a minute.
function newLatencies(): Latencies {
  const steps = new Map<number, number>();
  let count = 0;
  const at = (share: number) => {
    let seen = 0;
    for (const [step, inStep] of [...steps].toSorted(([a], [b]) => a - b)) {
      seen += inStep;
      if (seen >= share * count) return Math.round(10 * 1.05 ** step) / 10;
    }
    return 0;
  };
  return {
    add: (ms) => {
      const step = Math.round(Math.log(Math.max(ms, 0.1)) / Math.log(1.05));
      steps.set(step, (steps.get(step) ?? 0) + 1);
      count += 1;
    },
    summary: () => ({ count, p50Ms: at(0.5), p99Ms: at(0.99) }),
  };
}
