import * as z from "zod";
import { timestampSchema } from "../../../contract/text.ts";
import { route } from "../../operation.ts";

export const healthRoute = route(
  {
    method: "get",
    path: "/api/health",
    id: "health",
    tag: "System",
    summary: "Whether the service answers",
    access: { kind: "none" },
    answers: {
      200: {
        description: "It does.",
        schema: z.object({
          status: z.literal("ok"),
          service: z.literal("behalfid"),
          timestamp: timestampSchema,
        }),
      },
    },
  },
  ({ c, now }) => c.json({ status: "ok", service: "behalfid", timestamp: new Date(now).toISOString() }),
);
