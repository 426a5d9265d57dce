import { docsPage, docsPolicy } from "../../openapi/docs-page.ts";
import type { OpenApiDocument } from "../../openapi/document.ts";
import { route } from "../../operation.ts";
import { documentationCaching } from "./openapi.ts";

// The same for everyone as long as this code runs, so it is made once.
let page: { body: string; policy: string } | undefined;

async function makePage(): Promise<{ body: string; policy: string }> {
  const { default: document } = await import("../../openapi.json", { with: { type: "json" } });
  const [body, policy] = await Promise.all([docsPage(document as unknown as OpenApiDocument), docsPolicy()]);
  return { body, policy };
}

export const docsRoute = route(
  {
    method: "get",
    path: "/api/docs",
    id: "docs",
    tag: "System",
    summary: "This API as a page to read",
    access: { kind: "none" },
    answers: { 200: { description: "The page.", content: { "text/html": "HTML without scripts." } } },
  },
  async ({ c }) => {
    const { body, policy } = (page ??= await makePage());
    return c.html(body, 200, {
      "Cache-Control": documentationCaching,
      "Content-Security-Policy": policy,
      "Referrer-Policy": "no-referrer",
    });
  },
);
