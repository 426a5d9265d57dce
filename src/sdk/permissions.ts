import * as z from "zod";
import { agentIdSchema, permissionIdSchema, type PermissionId } from "../contract/ids.ts";
import type { Permission, PermissionInput } from "../contract/permission.ts";
import { idOf, jsonText } from "./input.ts";
import type { Transport } from "./transport.ts";
import type { Agents } from "./agents.ts";
import type { CallOptions } from "./call-options.ts";

const active = z.object({ permissionId: permissionIdSchema, status: z.literal("active") });
const revoked = z.object({ revoked: z.literal(true) });

/** A permission that is in force from now on. */
export type ActivePermission = { permissionId: PermissionId; status: "active" };

/** What agents may do. Only people change it: everything but `list` needs a developer token. */
export class Permissions {
  readonly #transport: Transport;
  readonly #agents: Agents;

  constructor(transport: Transport, agents: Agents) {
    this.#transport = transport;
    this.#agents = agents;
  }

  /** Gives an agent a permission. */
  async create(
    body: PermissionInput & { agentId: string },
    options: CallOptions = {},
  ): Promise<ActivePermission> {
    return this.#transport.send({
      method: "POST",
      path: "/api/permissions",
      body: jsonText(body),
      as: "person",
      answer: active,
      repeatable: false,
      signal: options.signal,
    });
  }

  /** Ends a permission. What was asked for or approved under it is void with it. */
  async revoke(permissionId: string, options: CallOptions = {}): Promise<{ revoked: true }> {
    return this.#transport.send({
      method: "POST",
      path: `/api/permissions/${idOf(permissionIdSchema, "permissionId", permissionId)}/revoke`,
      as: "person",
      answer: revoked,
      repeatable: false,
      signal: options.signal,
    });
  }

  /** Puts another permission in the place of one, in one step. The answer names the new one. */
  async replace(
    agentId: string,
    permissionId: string,
    body: PermissionInput,
    options: CallOptions = {},
  ): Promise<ActivePermission> {
    const agent = idOf(agentIdSchema, "agentId", agentId);
    const permission = idOf(permissionIdSchema, "permissionId", permissionId);
    return this.#transport.send({
      method: "POST",
      path: `/api/dashboard/agents/${agent}/permissions/${permission}/replace`,
      body: jsonText(body),
      as: "person",
      answer: active,
      repeatable: false,
      signal: options.signal,
    });
  }

  /** An agent's permissions: the active ones for its own key, all of them for a person. */
  async list(agentId: string, options: CallOptions = {}): Promise<Permission[]> {
    const { permissions } = await this.#agents.get(agentId, options);
    return permissions;
  }
}
