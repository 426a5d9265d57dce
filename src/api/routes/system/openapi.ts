import * as z from "zod";
import { route } from "../../operation.ts";

/** What this deployment serves changes with its code: five minutes old is new enough. */
export const documentationCaching = "public, max-age=300";

export const openApiRoute = route(
  {
    method: "get",
    path: "/api/openapi.json",
    id: "openApi",
    tag: "System",
    summary: "This API as an OpenAPI 3.1 document",
    access: { kind: "none" },
    answers: {
      200: { description: "The document.", schema: z.looseObject({ openapi: z.literal("3.1.0") }) },
    },
  },
  async ({ c }) => {
    const { default: document } = await import("../../openapi.json", { with: { type: "json" } });
    return c.json(document, 200, { "Cache-Control": documentationCaching });
  },
);
