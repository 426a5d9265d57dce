import { isDeepStrictEqual } from "node:util";
import { applyEdits, findNodeAtLocation, getNodeValue, modify, parseTree, type Node } from "jsonc-parser";
import { UserError } from "../failure.ts";

const byteOrderMark = "\uFEFF";
const parent = "mcpServers";

type Added = { text: string; inserted: string };

/** What stands under a name among the MCP servers of a file. Undefined when nothing does. */
export function serverEntry(file: string, source: string, name: string): unknown {
  const node = findNodeAtLocation(rootOf(file, source, name), [parent, name]);
  // The library gives objects without a prototype, which equal no other.
  return node === undefined ? undefined : structuredClone(getNodeValue(node) as unknown);
}

/** The file's text with the entry in it, and what was put in. Every other byte stays: comments, order, line ends. */
export function withServerEntry(
  file: string,
  source: string | undefined,
  name: string,
  entry: unknown,
): Added {
  if (source === undefined) {
    const text = `${JSON.stringify({ [parent]: { [name]: entry } }, null, 2)}\n`;
    return { text, inserted: text };
  }
  const root = rootOf(file, source, name);
  const servers = findNodeAtLocation(root, [parent]);
  const [object, key, value, depth] =
    servers === undefined ? [root, parent, { [name]: entry }, 1] : [servers, name, entry, 2];
  const eol = source.includes("\r\n") ? "\r\n" : "\n";
  const indent = indentOf(source);
  const pad = indent.repeat(depth);
  const shown = JSON.stringify(value, null, indent).replaceAll("\n", eol + pad);
  const property = `${eol}${pad}${JSON.stringify(key)}: ${shown}`;
  const last = object.children?.at(-1);
  const inserted = last === undefined ? `${property}${eol}${indent.repeat(depth - 1)}` : `,${property}`;
  const offset = startOf(source) + (last === undefined ? object.offset + 1 : last.offset + last.length);
  return { text: source.slice(0, offset) + inserted + source.slice(offset), inserted };
}

/**
 * The file's text without the entry. What was put in is cut out to the byte where it still stands as it was; where
 * the file was changed around it, the entry alone goes.
 */
export function withoutServerEntry(source: string, name: string, inserted: string | undefined): string {
  const start = startOf(source);
  const edits = modify(source.slice(start), [parent, name], undefined, {});
  const edited = source.slice(0, start) + applyEdits(source.slice(start), edits);
  if (inserted === undefined || source.split(inserted).length !== 2) return edited;
  const cut = source.replace(inserted, "");
  // What is kept of an insertion could have been tampered with: nothing but the entry may go.
  return isDeepStrictEqual(contentOf(cut), contentOf(edited)) ? cut : edited;
}

function contentOf(source: string): unknown {
  const tree = parseTree(source.slice(startOf(source)), [], { allowTrailingComma: true });
  if (tree === undefined) return undefined;
  const content: unknown = getNodeValue(tree);
  if (typeof content !== "object" || content === null) return content;
  const { [parent]: servers, ...others } = content as Record<string, unknown>;
  const isEmpty = isDeepStrictEqual({ ...(servers as object | undefined) }, {});
  return isEmpty ? others : content;
}

function rootOf(file: string, source: string, name: string): Node {
  const errors: Parameters<typeof parseTree>[1] = [];
  const root = parseTree(source.slice(startOf(source)), errors, { allowTrailingComma: true });
  if (root?.type !== "object" || (errors?.length ?? 0) > 0)
    throw new UserError(
      `${file} is not a JSON object.`,
      "Put it right, or move it away, and run this again.",
    );
  const servers = onlyOne(file, root, parent);
  if (servers === undefined) return root;
  if (servers.type !== "object")
    throw new UserError(`${parent} in ${file} is not an object.`, "Put it right.");
  onlyOne(file, servers, name);
  return root;
}

// Of two properties with one name, one program reads the first and another the last.
function onlyOne(file: string, object: Node, key: string): Node | undefined {
  const found = (object.children ?? []).filter(({ children }) => children?.[0]?.value === key);
  if (found.length > 1) throw new UserError(`${file} has ${key} twice.`, "Leave one of them.");
  return found[0]?.children?.[1];
}

function startOf(source: string): number {
  return source.startsWith(byteOrderMark) ? 1 : 0;
}

function indentOf(source: string): string {
  const [, found = ""] = /^([ \t]+)"/m.exec(source) ?? [];
  return found === "" || found.length > 8 ? "  " : found;
}
