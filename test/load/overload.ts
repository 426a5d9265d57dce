import type { DecisionPacket } from "../../src/contract/verify.ts";
import type { Tenant } from "./tenant.ts";

export type BurstReport = {
  /** How many answers came with each status. */
  statuses: Record<string, number>;
  slowestMs: number;
  /** Answers that no limit explains: hangs, other statuses, refusals that do not say when to come back, allows. */
  errors: string[];
  /** The requests that were allowed. */
  allowed: string[];
};

type Attempt = { send: () => Promise<Response>; mayAllow: boolean };

/** All of it, `width` at once. Whatever is too much must be refused, in time, and must not be allowed. */
async function burst(attempts: readonly Attempt[], width = attempts.length): Promise<BurstReport> {
  const report: BurstReport = { statuses: {}, slowestMs: 0, errors: [], allowed: [] };
  const one = async ({ send, mayAllow }: Attempt) => {
    const began = performance.now();
    try {
      const answer = await send();
      const text = await answer.text();
      const { status } = answer;
      report.statuses[status] = (report.statuses[status] ?? 0) + 1;
      report.slowestMs = Math.max(report.slowestMs, Math.round(performance.now() - began));
      const isRefusal = status === 429 || status === 503;
      if (isRefusal && !answer.headers.has("Retry-After"))
        report.errors.push(`${status} without Retry-After`);
      if (!isRefusal && status !== 200 && status !== 401)
        report.errors.push(`${status} ${text.slice(0, 200)}`);
      const packet = JSON.parse(text) as Partial<DecisionPacket>;
      if (packet.allowed === true) {
        report.allowed.push(String(packet.requestId));
        if (!mayAllow) report.errors.push(`${packet.requestId} was allowed.`);
      }
    } catch (error) {
      report.errors.push(String(error));
    }
  };
  const left = [...attempts];
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await one(next);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return report;
}

const looked = 40;
// Each is a connection, and how many a process may open is limited.
const mostAtOnce = 8000;

/** As many verifies at once as no machine answers in time, every other of what nobody may do. */
export async function flood({ agents: [agent], verify, send }: Tenant, count: number): Promise<BurstReport> {
  const report = await burst(
    Array.from({ length: count }, (_, index) =>
      index % 2 === 0
        ? { mayAllow: true, send: () => verify(agent, { action: "read" }) }
        : { mayAllow: false, send: () => verify(agent, { action: "purchase", amount: index }) },
    ),
  );
  // Spread over all of them, because every one may take a while to look up.
  const step = Math.max(1, Math.floor(report.allowed.length / looked));
  for (const requestId of report.allowed.filter((_, index) => index % step === 0)) {
    const headers = { Authorization: `Bearer ${agent.apiKey}` };
    try {
      const answer = await send("GET", `/api/logs/${agent.agentId}?requestId=${requestId}`, headers);
      if ((await answer.text()).includes('"allowed":true')) continue;
      report.errors.push(`${requestId} was allowed and is not on record.`);
    } catch (error) {
      report.errors.push(`After the flood: ${String(error)}`);
    }
  }
  return report;
}

/**
 * As many verifies at once as this machine needs so many seconds for, if it takes them one after the other; and twice as
 * many, until some are refused: it may have been busier when that was measured.
 */
export async function floodOf(tenant: Tenant, seconds: number): Promise<BurstReport> {
  const trial = 100;
  const began = performance.now();
  await flood(tenant, trial);
  const taken = performance.now() - began;
  let count = Math.max(1200, Math.ceil((trial / taken) * seconds * 1000));
  let report = await flood(tenant, count);
  while (report.errors.length === 0 && report.statuses["503"] === undefined && count < mostAtOnce)
    report = await flood(tenant, (count *= 2));
  return report;
}

/** More requests for a person than one permission may have open. */
export function crowd({ agents: [agent], verify }: Tenant, count: number): Promise<BurstReport> {
  return burst(
    Array.from({ length: count }, (_, index) => ({
      mayAllow: false,
      send: () => verify(agent, { action: "deploy", arguments: { crowd: index } }),
    })),
  );
}

/** More guesses at keys than one address has. */
export function guesses({ agents: [agent], verify }: Tenant, count: number): Promise<BurstReport> {
  const guess = () => `bhf_sk_${crypto.randomUUID().replaceAll("-", "")}AAAAAAAAAAA`;
  return burst(
    Array.from({ length: count }, () => ({
      mayAllow: false,
      send: () => verify({ ...agent, apiKey: guess() }, { action: "read" }),
    })),
    50,
  );
}
