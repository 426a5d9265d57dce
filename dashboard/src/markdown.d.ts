// What build/docs.ts makes of a page of the documentation.
declare module "*.md" {
  export type DocsNode = string | [tag: string, attributes: Record<string, string>, ...children: DocsNode[]];
  export const title: string;
  export const headings: { id: string; text: string; level: number }[];
  export const body: DocsNode[];
}
