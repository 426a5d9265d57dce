import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { parseTree, type Node } from "jsonc-parser";
import { expect, test } from "vitest";
import { readMessage } from "../../../src/cli/mcp/gateway/read-message.ts";

// Whatever a server's own parser does with a line that is passed on as no call, it must not find one: be it the first or
// the last of two members, one in another case, one behind a carriage return, or one that JSON does not even have.

const key = fc.constantFrom(
  '"method"',
  '"Method"',
  '"METHOD"',
  '"\\u006dethod"',
  '"me\\u0074hod"',
  '"method "',
  '"params"',
  '"param\u017f"',
  '"id"',
  '"jsonrpc"',
  '"result"',
);
const value = fc.constantFrom(
  '"tools/call"',
  '"tools\\/call"',
  '"\\u0074ools/call"',
  '"Tools/Call"',
  '"tools/call "',
  '"\uff54ools/call"',
  '["tools/call"]',
  '"ping"',
  '"notifications/cancelled"',
  '"2.0"',
  "1",
  "null",
  '{"name":"delete_all","arguments":{}}',
  '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"delete_all"}}',
  '\r{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"delete_all"}}\r',
);
const blank = fc.constantFrom("", "", "", " ", "\t", "\r", "/**/");
const member = fc
  .tuple(key, blank, value, blank)
  .map(([name, before, held, after]) => `${name}:${before}${held}${after}`);
const method = fc.constantFrom('"tools/call"', '"tools\\/call"', '"ping"', '"notifications/cancelled"');
const hidden = '\r{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"delete_all"}}\r';
const params = fc.constantFrom('{"name":"x"}', '{"name":"x"}', hidden, `{"name":"x","arguments":${hidden}}`);
/** A message as it should be, with up to two members that should not be there. */
const message = fc
  .tuple(
    method,
    params,
    fc.array(fc.tuple(fc.nat({ max: 4 }), member), { maxLength: 2 }),
    fc.constantFrom("", "", "", ","),
  )
  .map(([name, given, odd, comma]) => {
    const members = ['"jsonrpc":"2.0"', '"id":1', `"method":${name}`, `"params":${given}`];
    for (const [at, one] of odd) members.splice(at, 0, one);
    return `{${members.join(",")}${comma}}`;
  });
const line = fc.oneof(
  { weight: 4, arbitrary: message },
  fc.array(message, { maxLength: 3 }).map((messages) => `[${messages.join(",")}]`),
  fc.tuple(message, fc.constantFrom("", "\r", "\u2028", " "), message).map((parts) => parts.join("")),
);

test("what is passed on as no call is none to any reader", () => {
  const seen = { pass: 0, call: 0, refuse: 0 };
  fc.assert(
    fc.property(line, fc.constantFrom("\n", "\r\n", ""), (text, end) => {
      const reading = readMessage(Buffer.from(text + end));
      seen[reading.kind] += 1;
      const read = methods(text);
      if (reading.kind === "pass") return !read.some(isCall);
      return reading.kind === "refuse" || isDeepStrictEqual(read, ["tools/call"]);
    }),
    { numRuns: 10_000 },
  );
  // Each way was gone, or this has shown nothing.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
});

/** Everything that a reader could take for the method of a message in this text. */
function methods(text: string): unknown[] {
  const pieces = new Set([text, ...text.split(/[\r\u2028]/)]);
  return [...pieces].flatMap((piece) => {
    const tree = parseTree(piece, [], { allowTrailingComma: true });
    return tree === undefined ? [] : methodsOf(tree);
  });
}

function methodsOf(node: Node): unknown[] {
  if (node.type === "array") return (node.children ?? []).flatMap(methodsOf);
  return (node.children ?? []).flatMap(({ children = [] }) => {
    const [name, held] = children;
    const folded = String(name?.value).normalize("NFKC").toUpperCase().trim();
    if (folded !== "METHOD" || held === undefined) return [];
    return held.type === "array" ? (held.children ?? []).map((each) => each.value as unknown) : [held.value];
  });
}

function isCall(method: unknown): boolean {
  return String(method).normalize("NFKC").toLowerCase().trim() === "tools/call";
}
