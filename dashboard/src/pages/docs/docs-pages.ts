import type { DocsNode } from "*.md";

export type DocsContent = {
  title: string;
  headings: { id: string; text: string; level: number }[];
  body: DocsNode[];
};

type DocsPage = { slug: string; title: string; load: () => Promise<DocsContent> };

/** The documentation in reading order. Each page is its own file to load. */
export const docsPages: readonly DocsPage[] = [
  { slug: "quickstart", title: "Quickstart", load: () => import("../../../docs/quickstart.md") },
  { slug: "concepts", title: "Concepts", load: () => import("../../../docs/concepts.md") },
  { slug: "sdk", title: "SDK", load: () => import("../../../docs/sdk.md") },
  { slug: "cli", title: "Command line", load: () => import("../../../docs/cli.md") },
  { slug: "mcp", title: "MCP", load: () => import("../../../docs/mcp.md") },
  { slug: "webhooks", title: "Webhooks", load: () => import("../../../docs/webhooks.md") },
  {
    slug: "troubleshooting",
    title: "Troubleshooting",
    load: () => import("../../../docs/troubleshooting.md"),
  },
];
