import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { vi } from "vitest";
import { accountIdSchema, agentIdSchema, permissionIdSchema } from "../../src/contract/ids.ts";
import { packetSchema } from "../../src/contract/verify.ts";
import { gateName } from "../../src/gates/gate-name.ts";
import worker from "../../src/worker.ts";
import { json, newOwner, newToken, site } from "../api/people-scene.ts";
import { listening } from "../ledger/ledger-fixtures.ts";
import { heldEnv } from "./held-env.ts";
import type { Call, Grantable, Listing, Seen } from "./reference-state.ts";
import type { TakeStep } from "./turns.ts";

const day = 24 * 3_600_000;

// Far ahead of the real clock, so that no alarm rings by itself, and never back.
let now = Date.now() + 400 * day;

export const clock = {
  now: () => now,
  set(moment: number): void {
    now = Math.max(now, moment);
    vi.setSystemTime(now);
  },
};

/** A workspace with its owner, who uses a developer token. */
export type Account = { accountId: string; token: string; secrets: string[] };

export type Agent = {
  account: Account;
  agentId: string;
  apiKey: string;
  /** With the permissions that it was given at the start. */
  permissions: (Grantable & { id: string })[];
};

/** What an agent says of where it runs: used to decide, never kept. */
export const canary = "canary-of-the-policy-context";

export async function newAccount(): Promise<Account> {
  clock.set(now);
  const owner = await newOwner();
  const { token } = await newToken(owner);
  // Somebody must be there for events to be kept.
  await listening(accountIdSchema.parse(owner.accountId)).run();
  return { accountId: owner.accountId, token, secrets: [owner.cookie, token] };
}

/** An agent that may read, and deploy if a person approves. */
export async function newAgent(account: Account, name: string): Promise<Agent> {
  const headers = { "X-Developer-Token": account.token };
  const { agentId, apiKey } = await json<{ agentId: string; apiKey: string }>(
    exports.default.fetch(requestTo("POST", "/api/agents", headers, { name })),
    201,
  );
  const permissions: Agent["permissions"] = [];
  for (const { action, isGated } of [
    { action: "deploy", isGated: true },
    { action: "read", isGated: false },
  ] as const) {
    const body = { agentId, action, requiresApproval: isGated };
    const { permissionId } = await json<{ permissionId: string }>(
      exports.default.fetch(requestTo("POST", "/api/permissions", headers, body)),
      201,
    );
    permissions.push({ id: permissionId, action, isGated, endsAt: null });
  }
  account.secrets.push(apiKey);
  return { account, agentId, apiKey, permissions };
}

/** The call as it goes over the wire. */
export function requestFor(call: Call, agent: Agent): Request {
  const { agentId, apiKey, account } = agent;
  const person = { "X-Developer-Token": account.token };
  const path = `/api/dashboard/agents/${agentId}`;
  switch (call.do) {
    case "verify":
      return verifyRequest(agentId, apiKey, call);
    case "approve":
    case "deny":
      return requestTo("POST", `/api/dashboard/approvals/${call.approval}/${call.do}`, person, {});
    case "revoke":
      return requestTo("POST", `${path}/permissions/${call.permission}/revoke`, person, {});
    case "replace":
      return requestTo("POST", `${path}/permissions/${call.permission}/replace`, person, spec(call));
    case "permit":
      return requestTo("POST", `${path}/permissions`, person, spec(call));
    case "disable":
    case "enable":
      return requestTo("POST", `${path}/${call.do}`, person, {});
    case "intrude":
    case "look":
      throw new Error("This is sent otherwise.");
  }
}

function verifyRequest(
  agentId: string,
  apiKey: string,
  { intent, key }: Extract<Call, { do: "verify" }>,
): Request {
  const [action, file] = intent.split(" ");
  return requestTo(
    "POST",
    "/api/verify",
    { Authorization: `Bearer ${apiKey}`, ...(key === null ? {} : { "Idempotency-Key": key }) },
    { agentId, action, vendor: "vercel.com", arguments: { file }, policyContext: { source: canary } },
  );
}

/** What somebody sends who has no right to what they ask of this agent; by the number of the trick. */
export function intrusion(
  trick: number,
  victim: Agent,
  other: Agent,
  approval: string,
  permission: string,
): Request {
  const stranger = { "X-Developer-Token": other.account.token };
  const itself = { Authorization: `Bearer ${victim.apiKey}` };
  const agent = `/api/dashboard/agents/${victim.agentId}`;
  const grant = { agentId: victim.agentId, action: "deploy" };
  const requests = [
    () => requestTo("POST", `/api/dashboard/approvals/${approval}/approve`, stranger, {}),
    () => requestTo("POST", `/api/dashboard/approvals/${approval}/deny`, stranger, {}),
    () => requestTo("POST", `/api/permissions/${permission}/revoke`, stranger, {}),
    () => requestTo("POST", `${agent}/permissions/${permission}/replace`, stranger, { action: "deploy" }),
    () => requestTo("POST", "/api/permissions", stranger, grant),
    () => requestTo("POST", `${agent}/disable`, stranger, {}),
    () => verifyRequest(victim.agentId, other.apiKey, { do: "verify", intent: "deploy a", key: null }),
    () => requestTo("GET", `/api/approvals/${approval}`, { Authorization: `Bearer ${other.apiKey}` }),
    () => requestTo("POST", `/api/dashboard/approvals/${approval}/approve`, itself, {}),
    () => requestTo("POST", "/api/permissions", itself, grant),
  ];
  const request = requests[trick];
  if (request === undefined) throw new Error("There is no such trick.");
  return request();
}

function spec({ action, isGated, endsAt }: Grantable) {
  const constraints = endsAt === null ? {} : { expiresAt: new Date(endsAt).toISOString() };
  return { action, requiresApproval: isGated, constraints };
}

export function requestTo(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Request {
  return new Request(`${site}${path}`, {
    method,
    headers: {
      "CF-Connecting-IP": `192.0.2.${crypto.randomUUID()}`,
      "Content-Type": "application/json",
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** Keeps what Workers say in vain, seconds after they died, out of what the tests print. */
export function muteTheDead(): void {
  const { error } = console;
  vi.spyOn(console, "error").mockImplementation((...said: unknown[]) => {
    if (!String(said[0]).includes("The deadline passed")) error(...said);
  });
}

/** Sends it to the Worker; by turns where there are any. */
export async function send(request: Request, takeStep?: TakeStep): Promise<Response> {
  if (takeStep === undefined) return exports.default.fetch(request);
  return worker.fetch(request, heldEnv(env, takeStep), createExecutionContext());
}

/** What an answer tells the caller. */
export function seenIn(call: Call, status: number, text: string): Seen {
  if (status >= 500) return { kind: "lost" };
  // That it exists and is decided already, for instance, is more than an intruder is told.
  if (call.do === "intrude") return { kind: [401, 403, 404].includes(status) ? "refused" : "done" };
  const body = JSON.parse(text) as Record<string, unknown>;
  if (status === 409 && body["code"] === "IDEMPOTENCY_CONFLICT") return { kind: "conflict" };
  if (status >= 400) return { kind: "refused" };
  if (call.do !== "verify") {
    const { permissionId, grantExpiresAt } = body;
    return {
      kind: "done",
      ...(typeof permissionId === "string" ? { permission: permissionId } : {}),
      ...(typeof grantExpiresAt === "string" ? { grantExpiresAt: Date.parse(grantExpiresAt) } : {}),
    };
  }
  const packet = packetSchema.parse(body);
  const about = { request: packet.requestId, isReplay: packet.replayed === true };
  if (packet.allowed)
    return { kind: "allowed", reason: packet.reasonCode, permission: packet.permissionId, ...about };
  if (!packet.approvalRequired) return { kind: "denied", reason: packet.reasonCode, ...about };
  const { approvalId, permissionId, expiresAt } = packet;
  const asked = { approval: approvalId, permission: permissionId, expiresAt: Date.parse(expiresAt) };
  return { kind: "asked", ...asked, ...about };
}

type ApprovalRow = {
  id: string;
  permission: string;
  action: string;
  file: string;
  status: Listing["approvals"][number]["status"];
};

/** What the record of truth lists for an agent, oldest first. */
export async function listingOf({ agentId }: Agent): Promise<Listing> {
  const [agents, permissions, approvals] = await env.DB.batch([
    env.DB.prepare("SELECT status FROM agents WHERE id = ?").bind(agentId),
    env.DB.prepare(
      `SELECT id, status, spec ->> '$.action' AS action FROM permissions
       WHERE agent_id = ? ORDER BY created_at, rowid`,
    ).bind(agentId),
    env.DB.prepare(
      `SELECT id, permission_id AS permission, intent ->> '$.action' AS action,
         intent ->> '$.arguments.file' AS file, status
       FROM approvals WHERE agent_id = ? ORDER BY created_at, rowid`,
    ).bind(agentId),
  ]);
  const given = (permissions?.results ?? []) as { id: string; status: string; action: string }[];
  return {
    isDisabled: (agents?.results[0] as { status: string } | undefined)?.status === "disabled",
    permissions: given.map(({ id, status, action }) => ({ id, action, hasEnded: status !== "active" })),
    approvals: ((approvals?.results ?? []) as ApprovalRow[]).map(
      ({ id, permission, action, file, status }) => ({
        id,
        permission,
        intent: `${action} ${file}`,
        status,
      }),
    ),
  };
}

export const gateStub = (agent: Agent, permission: string) =>
  env.GATE.getByName(gateName(agentIdSchema.parse(agent.agentId), permissionIdSchema.parse(permission)));

export const ledgerStub = ({ agentId }: Agent) => env.LEDGER.getByName(agentId);

/** Kills objects where they stand: what they hold in memory is gone, and so is whatever waits for their answer. */
export async function kill(stubs: readonly DurableObjectStub[]): Promise<void> {
  await Promise.allSettled(
    stubs.map((stub) => runInDurableObject(stub, (_, state) => state.abort("Instance disposed of: killed"))),
  );
}
