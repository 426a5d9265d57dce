import * as z from "zod";
import { agentIdSchema, permissionIdSchema } from "../../../contract/ids.ts";
import { permissionSpecSchema } from "../../../contract/permission.ts";
import { grantPermission, replaceFor, revokeFor } from "../../grant-permission.ts";
import { route } from "../../operation.ts";

const active = z.object({ permissionId: permissionIdSchema, status: z.literal("active") });
const ofAgent = z.object({ id: agentIdSchema });
const onePermission = z.object({ id: agentIdSchema, permissionId: permissionIdSchema });

export const createAgentPermissionRoute = route(
  {
    method: "post",
    path: "/api/dashboard/agents/{id}/permissions",
    id: "createAgentPermission",
    tag: "Permissions",
    summary: "Give this agent a permission",
    access: { kind: "person", capability: "build" },
    params: ofAgent,
    body: permissionSpecSchema,
    answers: { 201: { description: "The permission, in force from now on.", schema: active } },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, person, params, body }) =>
    c.json({ permissionId: await grantPermission(c, person, params.id, body), status: "active" }, 201),
);

export const revokeAgentPermissionRoute = route(
  {
    method: "post",
    path: "/api/dashboard/agents/{id}/permissions/{permissionId}/revoke",
    id: "revokeAgentPermission",
    tag: "Permissions",
    summary: "End a permission of this agent",
    description: "What was asked for or approved under it is void with it.",
    access: { kind: "person", capability: "build" },
    params: onePermission,
    body: z.strictObject({}),
    answers: {
      200: { description: "It has ended.", schema: z.object({ revoked: z.literal(true) }) },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, person, params }) => {
    await revokeFor(c, person, params.permissionId, params.id);
    return c.json({ revoked: true });
  },
);

export const replaceAgentPermissionRoute = route(
  {
    method: "post",
    path: "/api/dashboard/agents/{id}/permissions/{permissionId}/replace",
    id: "replaceAgentPermission",
    tag: "Permissions",
    summary: "Put another permission in the place of this one",
    description:
      "In one transaction the old one ends and the new one holds. What was asked for or approved under the old one is void.",
    access: { kind: "person", capability: "build" },
    params: onePermission,
    body: permissionSpecSchema,
    answers: {
      201: {
        description: "The new permission, in force from now on.",
        schema: active.extend({ replaces: permissionIdSchema }),
      },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, person, params, body }) => {
    const permissionId = await replaceFor(c, person, params.permissionId, params.id, body);
    return c.json({ permissionId, status: "active", replaces: params.permissionId }, 201);
  },
);
