import { isDeepStrictEqual } from "node:util";
import { applyEdits, findNodeAtLocation, modify, parseTree, type Node } from "jsonc-parser";
import * as z from "zod";
import { UserError } from "../failure.ts";

/** One hook of ours for each event. */
export type Hooks = Readonly<Record<string, unknown>>;

const byteOrderMark = "\uFEFF";
const hooksSchema = z.looseObject({
  hooks: z.record(z.string(), z.array(z.unknown())).optional(),
});

type Added = { text: string; inserted: string[] };

/** The hooks of a file, by event. Throws `UserError` where its client would read something else, or nothing. */
export function hooksIn(file: string, source: string): Readonly<Record<string, readonly unknown[]>> {
  // Clients read plain JSON. One that finds a comment in it ignores the file, and every hook with it.
  let value: unknown;
  try {
    value = JSON.parse(withoutMark(source));
  } catch {
    throw new UserError(
      `${file} is not plain JSON, so its hooks are ignored.`,
      "Take out comments and commas.",
    );
  }
  const parsed = hooksSchema.safeParse(value);
  if (!parsed.success) throw new UserError(`The hooks in ${file} are not lists by event.`, "Put them right.");
  const root = rootOf(source);
  const hooks = findNodeAtLocation(root, ["hooks"]);
  // Of two properties with one name, the last counts, and we would have written into the first.
  if (hasTwins(root) || (hooks !== undefined && hasTwins(hooks)))
    throw new UserError(`${file} has a property twice.`, "Leave one of them.");
  return parsed.data.hooks ?? {};
}

/** The text with these hooks added, and what was put in, in order. Every other byte stays. */
export function withHooks(source: string, added: Hooks): Added {
  let text = source;
  const inserted: string[] = [];
  for (const [event, hook] of Object.entries(added)) {
    const root = rootOf(text);
    const hooks = findNodeAtLocation(root, ["hooks"]);
    const list = findNodeAtLocation(root, ["hooks", event]);
    const [place, depth, key, value]: [Node, number, string, unknown] =
      list !== undefined
        ? [list, 3, "", hook]
        : hooks !== undefined
          ? [hooks, 2, event, [hook]]
          : [root, 1, "hooks", { [event]: [hook] }];
    const piece = memberText(text, place, depth, key, value);
    const last = place.children?.at(-1);
    const offset = startOf(text) + (last === undefined ? place.offset + 1 : last.offset + last.length);
    text = text.slice(0, offset) + piece + text.slice(offset);
    inserted.push(piece);
  }
  return { text, inserted };
}

/**
 * The text without the hooks that are ours. What was put in is cut out to the byte where it still stands as it was;
 * where the file was changed around it, the hooks alone go.
 */
export function withoutHooks(
  file: string,
  source: string,
  isOurs: (hook: unknown) => boolean,
  inserted: readonly string[],
): string {
  let edited = source;
  for (const [event, list] of Object.entries(hooksIn(file, source))) {
    const left = list.filter((hook) => !isOurs(hook)).length;
    if (left === list.length) continue;
    if (left === 0) edited = without(edited, ["hooks", event]);
    else
      for (let at = list.length - 1; at >= 0; at--)
        if (isOurs(list[at])) edited = without(edited, ["hooks", event, at]);
  }
  if (edited === source) return source;
  if (Object.keys(hooksIn(file, edited)).length === 0) edited = without(edited, ["hooks"]);
  let cut = source;
  for (const piece of inserted.toReversed()) {
    if (cut.split(piece).length !== 2) return edited;
    cut = cut.replace(piece, "");
  }
  // What is kept of an insertion could have been tampered with: nothing but our hooks may go.
  return isDeepStrictEqual(contentOf(cut), contentOf(edited)) ? cut : edited;
}

function memberText(source: string, place: Node, depth: number, key: string, value: unknown): string {
  const eol = source.includes("\r\n") ? "\r\n" : "\n";
  const [, indent = "  "] = /^([ \t]{1,8})"/m.exec(source) ?? [];
  const pad = indent.repeat(depth);
  const shown = JSON.stringify(value, null, indent).replaceAll("\n", eol + pad);
  const member = `${eol}${pad}${key === "" ? "" : `${JSON.stringify(key)}: `}${shown}`;
  return place.children?.length ? `,${member}` : `${member}${eol}${indent.repeat(depth - 1)}`;
}

function without(source: string, path: (string | number)[]): string {
  const start = startOf(source);
  return (
    source.slice(0, start) + applyEdits(source.slice(start), modify(source.slice(start), path, undefined, {}))
  );
}

// Without what is empty, which is how a place looks from which our hooks were cut.
function contentOf(source: string): unknown {
  try {
    const { hooks = {}, ...others } = hooksSchema.parse(JSON.parse(withoutMark(source)));
    const filled = Object.entries(hooks).filter(([, list]) => list.length > 0);
    return { others, hooks: Object.fromEntries(filled) };
  } catch {
    return undefined;
  }
}

function rootOf(source: string): Node {
  const root = parseTree(withoutMark(source));
  if (root?.type !== "object") throw new UserError("It is not a JSON object.", "Put it right.");
  return root;
}

function hasTwins({ children = [] }: Node): boolean {
  const keys = children.map((child) => child.children?.[0]?.value as unknown);
  return new Set(keys).size !== keys.length;
}

function startOf(source: string): number {
  return source.startsWith(byteOrderMark) ? 1 : 0;
}

function withoutMark(source: string): string {
  return source.slice(startOf(source));
}
