import MarkdownIt, { type Token } from "markdown-it";
import type { Plugin } from "vite";

/** A page of the documentation as data: what the site renders without ever parsing HTML. */
type Node = string | [tag: string, attributes: Record<string, string>, ...children: Node[]];
type Heading = { id: string; text: string; level: number };

const markdown = new MarkdownIt("commonmark", { html: false }).enable("table");

/** Turns Markdown files into modules of data when the site is built. */
export function docs(): Plugin {
  return {
    name: "behalfid-docs",
    transform(source, id) {
      if (!id.endsWith(".md")) return undefined;
      const { title, headings, body } = pageOf(source, id);
      const value = (each: unknown) => JSON.stringify(each);
      return {
        code: `export const title = ${value(title)};\nexport const headings = ${value(headings)};\nexport const body = ${value(body)};\n`,
        map: null,
      };
    },
  };
}

function pageOf(source: string, file: string): { title: string; headings: Heading[]; body: Node[] } {
  const headings: Heading[] = [];
  let title = "";
  const root: Node = ["root", {}];
  const open: [string, Record<string, string>, ...Node[]][] = [root];
  const top = () => open.at(-1) ?? root;

  for (const token of markdown.parse(source, {})) {
    if (token.type === "fence" || token.type === "code_block") {
      const [language = "", ...label] = token.info.split(" ");
      top().push([
        "fence",
        { language, ...(label.length > 0 ? { label: label.join(" ") } : {}) },
        token.content,
      ]);
    } else if (token.type === "inline") {
      top().push(...inlineNodes(token.children ?? [], file));
    } else if (token.nesting === 1) {
      open.push([token.tag, attributesOf(token)]);
    } else if (token.nesting === -1) {
      const closed = open.pop();
      if (closed === undefined) continue;
      const level = /^h([1-4])$/.exec(closed[0])?.[1];
      if (level === "1") {
        title = textOf(closed);
        continue;
      }
      if (level !== undefined) {
        const text = textOf(closed);
        closed[1] = { id: uniqueSlug(text, headings) };
        headings.push({ id: closed[1]["id"] ?? "", text, level: Number(level) });
      }
      // A tight list has no paragraphs to the reader, though the parser has.
      if (token.hidden) top().push(...(closed.slice(2) as Node[]));
      else top().push(closed);
    } else if (token.type === "hr") {
      top().push(["hr", {}]);
    } else {
      throw new Error(`${file}: ${token.type} is not something that a page can show.`);
    }
  }
  if (title === "") throw new Error(`${file} has no title: start it with a line "# …".`);
  return { title, headings, body: root.slice(2) as Node[] };
}

function inlineNodes(tokens: readonly Token[], file: string): Node[] {
  const root: Node = ["root", {}];
  const open: [string, Record<string, string>, ...Node[]][] = [root];
  const top = () => open.at(-1) ?? root;
  for (const token of tokens) {
    if (token.type === "text") top().push(token.content);
    else if (token.type === "softbreak") top().push("\n");
    else if (token.type === "hardbreak") top().push(["br", {}]);
    else if (token.type === "code_inline") top().push(["code", {}, token.content]);
    else if (token.nesting === 1) open.push([token.tag, attributesOf(token)]);
    else if (token.nesting === -1) {
      const closed = open.pop();
      if (closed !== undefined) top().push(closed);
    } else throw new Error(`${file}: ${token.type} is not something that a page can show.`);
  }
  return root.slice(2) as Node[];
}

function attributesOf(token: Token): Record<string, string> {
  const attributes = new Map((token.attrs ?? []).map(([name, value]) => [name, String(value)]));
  const href = attributes.get("href");
  const start = attributes.get("start");
  if (href !== undefined && !/^(?:https:\/\/|\/|#)/.test(href))
    throw new Error(`${href} is not a link that a page may have.`);
  return {
    ...(href === undefined ? {} : { href }),
    ...(start === undefined ? {} : { start }),
    ...(attributes.get("style") === "text-align:right" ? { align: "right" } : {}),
  };
}

function textOf(node: Node): string {
  return typeof node === "string" ? node : (node.slice(2) as Node[]).map(textOf).join("");
}

function uniqueSlug(text: string, taken: readonly Heading[]): string {
  const slug = text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
  const same = taken.filter(({ id }) => id === slug || id.startsWith(`${slug}-`)).length;
  return same === 0 ? slug : `${slug}-${same + 1}`;
}
