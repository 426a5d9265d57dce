import * as z from "zod";
import { permissionIdSchema } from "../../../contract/ids.ts";
import { revokeFor } from "../../grant-permission.ts";
import { route } from "../../operation.ts";

export const revokePermissionRoute = route(
  {
    method: "post",
    path: "/api/permissions/{id}/revoke",
    id: "revokePermission",
    tag: "Permissions",
    summary: "End a permission",
    description: "What was asked for or approved under it is void with it.",
    access: { kind: "person", capability: "build" },
    params: z.object({ id: permissionIdSchema }),
    body: z.strictObject({}),
    answers: {
      200: { description: "It has ended.", schema: z.object({ revoked: z.literal(true) }) },
    },
    problems: ["NOT_FOUND", "CONFLICT"],
  },
  async ({ c, person, params }) => {
    await revokeFor(c, person, params.id);
    return c.json({ revoked: true });
  },
);
