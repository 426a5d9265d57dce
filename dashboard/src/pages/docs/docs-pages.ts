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
];
