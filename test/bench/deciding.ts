import { performance } from "node:perf_hooks";
import { preparsePolicySet, statefulIsAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { newEnforcer, newModelFromString, StringAdapter } from "casbin";
import type { ActionRequest } from "../../src/contract/verify.ts";
import { decide } from "../../src/decision/decide.ts";
import type { Facts } from "../../src/decision/facts.ts";

export type Decided = { engine: string; permissions: number; opsPerSecond: number };

type Asked = { resource: string; amount: number };
type Engine = { name: string; allows: (asked: Asked) => boolean };

const sizes = [1, 10, 100, 1000];
const measuredMs = 700;
const now = Date.parse("2026-11-22T00:00:00Z");
const agentId = "agent_0000000000000001";

/** Decisions per second on the same permissions said in three languages, each loaded once before. */
export async function deciding(): Promise<Decided[]> {
  const results: Decided[] = [];
  for (const permissions of sizes) {
    const engines = [ours(permissions), cedar(permissions), await casbin(permissions)];
    const questions = questionsFor(permissions);
    requireAgreement(engines, questions);
    for (const { name, allows } of engines)
      results.push({ engine: name, permissions, opsPerSecond: opsPerSecond(allows, questions) });
  }
  return results;
}

// Permission i is for purchases at vendor i up to an amount of its own; all of them are candidates.
const vendor = (index: number) => `vendor-${index}.example.com`;
const most = (index: number) => 100 + (index % 7);

function questionsFor(permissions: number): Asked[] {
  return Array.from({ length: 64 }, (_, index) => {
    const at = Math.floor((index * permissions) / 48);
    // A quarter asks for too much, and a quarter of a vendor that no permission names.
    return { resource: vendor(at), amount: most(at) + (index % 4 === 0 ? 1 : 0) };
  });
}

function ours(permissions: number): Engine {
  const facts: Facts = {
    agent: { agentId, status: "active" },
    permissions: Array.from({ length: permissions }, (_, index) => ({
      permissionId: `perm_${index}`,
      status: "active",
      action: "purchase",
      resource: vendor(index),
      allowedActions: [],
      blockedActions: [],
      requiresApproval: false,
      requireDifferentApprover: false,
      constraints: { maxAmount: most(index) },
      createdAt: index,
    })),
  };
  const allows = (asked: Asked) => {
    const request: ActionRequest = { action: "purchase", ...asked };
    return decide(request, facts, now).outcome === "allow";
  };
  return { name: "decide", allows };
}

function cedar(permissions: number): Engine {
  const policies = Array.from(
    { length: permissions },
    (_, index) => `permit(principal == Agent::"${agentId}", action == Action::"purchase",
      resource == Vendor::"${vendor(index)}") when { context.amount <= ${most(index)} };`,
  );
  const preparsedPolicySetId = `of ${permissions}`;
  const parsed = preparsePolicySet(preparsedPolicySetId, { staticPolicies: policies.join("\n") });
  if (parsed.type !== "success") throw new Error("Cedar does not take the policies.");
  const allows = ({ resource, amount }: Asked) => {
    const answer = statefulIsAuthorized({
      principal: { type: "Agent", id: agentId },
      action: { type: "Action", id: "purchase" },
      resource: { type: "Vendor", id: resource },
      context: { amount },
      preparsedPolicySetId,
      entities: [],
    });
    if (answer.type !== "success") throw new Error("Cedar gives no answer.");
    return answer.response.decision === "allow";
  };
  return { name: "cedar-wasm", allows };
}

const casbinModel = `
[request_definition]
r = agent, action, vendor, amount
[policy_definition]
p = agent, action, vendor, most
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.agent == p.agent && r.action == p.action && r.vendor == p.vendor && r.amount <= p.most`;

async function casbin(permissions: number): Promise<Engine> {
  const policies = Array.from(
    { length: permissions },
    (_, index) => `p, ${agentId}, purchase, ${vendor(index)}, ${most(index)}`,
  );
  const enforcer = await newEnforcer(newModelFromString(casbinModel), new StringAdapter(policies.join("\n")));
  const allows = ({ resource, amount }: Asked) => enforcer.enforceSync(agentId, "purchase", resource, amount);
  return { name: "casbin", allows };
}

function requireAgreement(engines: readonly Engine[], questions: readonly Asked[]): void {
  const answers = engines.map(({ allows }) => questions.map(allows));
  const [first = []] = answers;
  if (!first.includes(true) || !first.includes(false)) throw new Error("The questions decide nothing.");
  for (const [index, { name }] of engines.entries())
    if (answers[index]?.join() !== first.join())
      throw new Error(`${name} answers otherwise than ${engines[0]?.name}.`);
}

function opsPerSecond(allows: Engine["allows"], questions: readonly Asked[]): number {
  const until = (ms: number) => {
    const start = performance.now();
    let ops = 0;
    while (performance.now() - start < ms) {
      for (const asked of questions) allows(asked);
      ops += questions.length;
    }
    return (ops * 1000) / (performance.now() - start);
  };
  until(measuredMs / 3);
  return until(measuredMs);
}
