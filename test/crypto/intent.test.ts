import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Intent } from "../../src/contract/approval.ts";
import { verifyBodySchema, actionRequest } from "../../src/contract/verify.ts";
import { canonicalJson, digestOf } from "../../src/crypto/canonical-json.ts";
import { fingerprint, intentOf } from "../../src/crypto/intent.ts";

const base: Intent = {
  agentId: "agent_1",
  permissionId: "perm_1",
  action: "deploy_production",
  resource: "vercel.com",
  amount: 10,
  arguments: { ref: "v1", flags: ["--prod"], nested: { a: { b: 1 } } },
  environment: "production",
  branch: "main",
  repository: "acme/shop",
  command: "vercel deploy --prod",
  filePath: "/srv/a",
  cwd: "/srv",
};

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  );
};

describe("a fingerprint", () => {
  test("is SHA-256 over the canonical JSON of version and fields", async () => {
    const intent: Intent = { agentId: "agent_1", permissionId: "perm_1", action: "a" };
    const text = '{"action":"a","agentId":"agent_1","permissionId":"perm_1","v":1}';
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
    expect(await fingerprint(intent)).toBe(hex.join(""));
  });

  test("does not depend on the order of keys at any depth, nor on members that are undefined", async () => {
    expect(await fingerprint(reversed(base) as Intent)).toBe(await fingerprint(base));
    const { cwd: _, ...without } = base;
    expect(await fingerprint({ ...without, cwd: undefined })).toBe(await fingerprint(without));
  });

  test("changes with any one character of any field", async () => {
    const original = await fingerprint(base);
    const seen = new Set([original]);
    for (const [field, value] of Object.entries(base)) {
      if (typeof value !== "string") continue;
      for (let index = 0; index <= value.length; index++) {
        const changed = `${value.slice(0, index)}\u0001${value.slice(index)}`;
        seen.add(await fingerprint({ ...base, [field]: changed }));
      }
      const { [field as keyof Intent]: _, ...without } = base;
      seen.add(await fingerprint(without as Intent));
    }
    const strings = Object.values(base).filter((value) => typeof value === "string");
    const expected = strings.reduce((sum, value) => sum + value.length + 2, 1);
    expect(seen.size).toBe(expected);
  });

  // What an agent might try to get a second thing done with the approval of a first.
  const attacks: [string, Partial<Intent>, Partial<Intent>][] = [
    ["a value moved to another field", { environment: "main" }, { branch: "main" }],
    ["the same swapped", { environment: "a", branch: "b" }, { environment: "b", branch: "a" }],
    ["a resource moved into the action", { action: "a", resource: "b" }, { action: "a b" }],
    ["a border between two fields moved", { command: "ab", cwd: "c" }, { command: "a", cwd: "bc" }],
    ["a text for a number", { arguments: { n: 1 } }, { arguments: { n: "1" } }],
    ["a truth for a number", { arguments: { n: 1 } }, { arguments: { n: true } }],
    ["a null for nothing", { arguments: {} }, { arguments: { n: null } }],
    ["an empty text for nothing", { resource: undefined }, { resource: "" }],
    ["an empty object for nothing", { arguments: undefined }, { arguments: {} }],
    ["an empty list for an empty object", { arguments: { n: {} } }, { arguments: { n: [] } }],
    ["zero for nothing", { amount: undefined }, { amount: 0 }],
    ["a cent more", { amount: 742 }, { amount: 742.01 }],
    ["the next double", { amount: 0.3 }, { amount: 0.1 + 0.2 }],
    ["a list for a text", { arguments: { n: "a" } }, { arguments: { n: ["a"] } }],
    ["two list items joined", { arguments: { n: ["a", "b"] } }, { arguments: { n: ["a,b"] } }],
    ["a list in another order", { arguments: { n: ["a", "b"] } }, { arguments: { n: ["b", "a"] } }],
    ["a value one level deeper", { arguments: { n: 1 } }, { arguments: { m: { n: 1 } } }],
    ["JSON inside a text", { arguments: { n: { m: 1 } } }, { arguments: { n: '{"m":1}' } }],
    ["a quote that closes the text", { command: "a" }, { command: 'a","cwd":"/' }],
    ["a key that spells a path", { arguments: { a: { b: 1 } } }, { arguments: { "a.b": 1 } }],
    ["a space at the end", { command: "rm a" }, { command: "rm a " }],
    ["a line break at the end", { filePath: "/a" }, { filePath: "/a\n" }],
    ["another case", { resource: "Vercel.com" }, { resource: "vercel.com" }],
    ["a composed letter", { filePath: "/caf\u00e9" }, { filePath: "/cafe\u0301" }],
    ["a look-alike letter", { resource: "vercel.com" }, { resource: "v\u0435rcel.com" }],
    ["a character of no width", { resource: "vercel.com" }, { resource: "vercel\u200b.com" }],
    ["a change of direction", { filePath: "/a/txt" }, { filePath: "/a/\u202etxt" }],
    ["a null byte", { filePath: "/a" }, { filePath: "/a\u0000" }],
    ["a pair outside the basic plane", { command: "\u{1F600}" }, { command: "\u{1F601}" }],
    ["a __proto__ member", { arguments: {} }, { arguments: JSON.parse('{"__proto__":{"n":1}}') }],
    ["a constructor member", { arguments: {} }, { arguments: { constructor: 1 } }],
    ["a toJSON member", { arguments: { n: 1 } }, { arguments: { n: 1, toJSON: "n" } }],
    ["another agent", { agentId: "agent_1" }, { agentId: "agent_2" }],
    ["another permission", { permissionId: "perm_1" }, { permissionId: "perm_2" }],
  ];
  test.each(attacks)("tells %s apart", async (_, approved, tried) => {
    const small: Intent = { agentId: "agent_1", permissionId: "perm_1", action: "a" };
    expect(await fingerprint({ ...small, ...approved })).not.toBe(await fingerprint({ ...small, ...tried }));
  });

  test("spells numbers as RFC 8785 does", () => {
    const numbers = [-0, 0, 1, 1.0, 1e21, 1e-7, 0.1, 0.30000000000000004, 4.5, 2e-3, 5e-324];
    expect(canonicalJson(numbers)).toBe("[0,0,1,1,1e+21,1e-7,0.1,0.30000000000000004,4.5,0.002,5e-324]");
  });

  test("sorts keys by UTF-16 code unit and escapes as RFC 8785 does", () => {
    // The vector of RFC 8785 §3.2.3.
    const keys = {
      "\u20ac": "Euro",
      "\r": "CR",
      "\ufb33": "Dalet",
      "1": "One",
      "\u{1F600}": "Smile",
      "\u0080": "Ctl",
      "\u00f6": "o",
    };
    expect(Object.keys(JSON.parse(canonicalJson(keys)) as object).toSorted()).toEqual(
      Object.keys(keys).toSorted(),
    );
    expect(canonicalJson(keys)).toBe(
      '{"\\r":"CR","1":"One","\u0080":"Ctl","\u00f6":"o","\u20ac":"Euro","\u{1F600}":"Smile","\ufb33":"Dalet"}',
    );
  });

  test("is not made of what JSON cannot hold, where different values would look alike", async () => {
    const unspeakable = [
      undefined,
      NaN,
      Infinity,
      1n,
      () => 1,
      Symbol("a"),
      new Map([["a", 1]]),
      new Set([1]),
      new Date(0),
      new Uint8Array([1]),
      Object(1),
      [undefined],
      Array(2),
      { deep: [{ a: new Map() }] },
      { toJSON: () => "approved" },
      "\ud800",
      { "\udfff": 1 },
    ];
    for (const value of unspeakable)
      await expect(digestOf(value)).rejects.toThrow(/Not a JSON value|Lone surrogate/);
  });

  test("takes JSON of any depth", async () => {
    const deep = JSON.parse("[".repeat(30_000) + "]".repeat(30_000)) as unknown;
    expect(await digestOf(deep)).toMatch(/^[0-9a-f]{64}$/);
  });

  test("is the same exactly when the JSON is the same", async () => {
    const character = fc.constantFrom(
      "a",
      "b",
      '"',
      "\\",
      "\u0000",
      "\u00e9",
      "\u{1F600}",
      "\ufb33",
      "__proto__",
    );
    const anyArguments = fc.dictionary(
      fc.string({ unit: character, maxLength: 2 }),
      fc.jsonValue({ maxDepth: 3 }),
      {
        maxKeys: 4,
      },
    );
    const isSame = (one: unknown, other: unknown): boolean => {
      if (typeof one !== "object" || one === null || typeof other !== "object" || other === null)
        return one === other;
      const left = new Map(Object.entries(one));
      const right = new Map(Object.entries(other));
      return (
        Array.isArray(one) === Array.isArray(other) &&
        left.size === right.size &&
        [...left].every(([key, value]) => right.has(key) && isSame(value, right.get(key)))
      );
    };
    await fc.assert(
      // Half of the pairs are the same arguments with their keys in another order.
      fc.asyncProperty(anyArguments, fc.option(anyArguments, { freq: 1 }), async (one, another) => {
        const other = another ?? (reversed(one) as typeof one);
        const [left, right] = await Promise.all([
          fingerprint({ ...base, arguments: one }),
          fingerprint({ ...base, arguments: other }),
        ]);
        expect(left === right).toBe(isSame(one, other));
      }),
      { numRuns: 100 },
    );
  });
});

describe("the intent of a request", () => {
  const of = (body: Record<string, unknown>) =>
    intentOf("agent_1", "perm_1", actionRequest(verifyBodySchema.parse({ agentId: "agent_1", ...body })));

  test("binds what the request says, and resource and vendor as the one thing they are", async () => {
    const intent = of({
      action: "deploy",
      vendor: "vercel.com",
      amount: 5,
      arguments: { a: 1 },
      metadata: { environment: "production", branch: "main", repository: "a/b", note: "free" },
    });
    expect(intent).toEqual({
      agentId: "agent_1",
      permissionId: "perm_1",
      action: "deploy",
      resource: "vercel.com",
      amount: 5,
      arguments: { a: 1 },
      environment: "production",
      branch: "main",
      repository: "a/b",
    });
    expect(await fingerprint(of({ action: "deploy", resource: "x" }))).toBe(
      await fingerprint(of({ action: "deploy", vendor: "x" })),
    );
  });

  test("does not change with a note in the metadata, and does with the facts that constraints read", async () => {
    const plain = await fingerprint(of({ action: "deploy", metadata: { note: "one" } }));
    expect(await fingerprint(of({ action: "deploy", metadata: { note: "two" } }))).toBe(plain);
    expect(await fingerprint(of({ action: "deploy", metadata: { branch: "" } }))).not.toBe(plain);
  });

  test("binds command, file and folder to the byte, white space too", () => {
    const toolInput = { command: " rm  -rf 'a\n' ", filePath: " a/../b " };
    const intent = of({ action: "execute_command", policyContext: { cwd: "/srv", toolInput } });
    expect(intent).toMatchObject({ ...toolInput, cwd: "/srv" });
  });

  test("binds an empty command, which is not the same as none", () => {
    const intent = of({ action: "a", policyContext: { cwd: "/srv", toolInput: { command: "" } } });
    expect(intent).toMatchObject({ command: "", cwd: "/srv" });
  });

  test("leaves the folder out when there is no command and no file", () => {
    expect(of({ action: "deploy", policyContext: { cwd: "/srv", toolInput: {} } }).cwd).toBeUndefined();
  });
});
