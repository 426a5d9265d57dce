import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import type { PermissionInput } from "../../src/contract/permission.ts";
import type { DecisionPacket } from "../../src/contract/verify.ts";
import worker from "../../src/worker.ts";
import { json, newOwner, send, site, type Someone } from "./people-scene.ts";

export type Asking = {
  /** Beside or instead of the agent's own id and the action. */
  body?: Record<string, unknown>;
  idempotencyKey?: string;
  key?: string;
  /** Bindings to use instead of the real ones: those that fail, or that count. */
  bindings?: Partial<Env>;
};

/** An agent that a person made, and what it can do over HTTP. */
export async function newAgent(owner?: Someone, name = "Deployer") {
  const person = owner ?? (await newOwner());
  const { agentId, apiKey } = await json<{ agentId: string; apiKey: string }>(
    send("POST", "/api/agents", { cookie: person.cookie, body: { name } }),
    201,
  );

  /** One verify, as it comes over the wire. */
  function ask(
    action: string,
    { body, idempotencyKey, key = apiKey, bindings }: Asking = {},
  ): Promise<Response> {
    const request = new Request(`${site}/api/verify`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Authorization: `Bearer ${key}`,
        ...(idempotencyKey === undefined ? {} : { "Idempotency-Key": idempotencyKey }),
      },
      body: JSON.stringify({ agentId, action, ...body }),
    });
    if (bindings === undefined) return exports.default.fetch(request);
    return Promise.resolve(worker.fetch(request, { ...env, ...bindings }, createExecutionContext()));
  }

  return {
    owner: person,
    agentId,
    apiKey,
    ask,
    verify: (action: string, asking?: Asking) => json<DecisionPacket>(ask(action, asking)),

    /** Gives the agent a permission. */
    async permit(permission: PermissionInput): Promise<string> {
      const { permissionId } = await json<{ permissionId: string }>(
        send("POST", "/api/permissions", { cookie: person.cookie, body: { agentId, ...permission } }),
        201,
      );
      return permissionId;
    },

    /** Asks for what must be approved, and gives the approval's id. */
    async hold(action: string, asking?: Asking): Promise<string> {
      const packet = await json<DecisionPacket>(ask(action, asking));
      if (!packet.approvalRequired) throw new Error(`${action} needed no approval: ${packet.reason}`);
      return packet.approvalId;
    },

    decide: (approvalId: string, verdict: "approve" | "deny", comment?: string) =>
      send("POST", `/api/dashboard/approvals/${approvalId}/${verdict}`, {
        cookie: person.cookie,
        body: comment === undefined ? {} : { comment },
      }),

    /** A call that the person makes about this agent. */
    manage: (path: string, body: unknown = {}) =>
      send("POST", `/api/dashboard/agents/${agentId}${path}`, { cookie: person.cookie, body }),

    /** A call with the agent's own key. */
    call: (method: string, path: string, body?: unknown) =>
      send(method, path, { bearer: apiKey, origin: null, ...(body === undefined ? {} : { body }) }),
  };
}

export type TestAgent = Awaited<ReturnType<typeof newAgent>>;
