import * as z from "zod";
import { permissionIdSchema } from "../../../contract/ids.ts";
import { createPermissionBodySchema } from "../../../contract/permission.ts";
import { grantPermission } from "../../grant-permission.ts";
import { route } from "../../operation.ts";

export const createPermissionRoute = route(
  {
    method: "post",
    path: "/api/permissions",
    id: "createPermission",
    tag: "Permissions",
    summary: "Give an agent a permission",
    access: { kind: "person", capability: "build" },
    body: createPermissionBodySchema,
    answers: {
      201: {
        description: "The permission, in force from now on.",
        schema: z.object({ permissionId: permissionIdSchema, status: z.literal("active") }),
      },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, person, body: { agentId, ...spec } }) => {
    const permissionId = await grantPermission(c, person, agentId, spec);
    return c.json({ permissionId, status: "active" }, 201);
  },
);
