import * as fc from "fast-check";
import type { DocumentedOperation, OpenApiDocument } from "../../src/api/openapi/document.ts";
import type { JsonSchema } from "../../src/api/openapi/json-schema.ts";

/** A call of an operation, as it goes over the wire. */
export type Attempt = {
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | undefined;
};

/** Ids by what they start with: `agent`, `perm`, and so on. The first of each is the caller's own. */
export type KnownIds = Record<string, string[]>;

/** A host that is not ours. No answer may name it, whatever a request says. */
export const elsewhere = "evil.example";

const huge = "x".repeat(70_000);

const hostileTexts = [
  "",
  " ",
  "'; DROP TABLE agents;--",
  '" OR 1=1 --',
  "%",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "agent_\u0000",
  "\ud800",
  "\u202eevil\u2066",
  "line\nbreak",
  "=HYPERLINK(1)",
  "<script>alert(1)</script>",
  "bhf_sk_x",
  "x".repeat(5000),
  // What is read as something else: another script's letters, other digits, costumes, marks, tags, an empty sign.
  "vеrcel.com",
  "ｄｅｐｌｏｙ",
  "٤٢",
  "Z̴̢͎͊".repeat(200),
  "deploy\u{e0041}\u200b\u2800",
  // What a pattern, a template, a shell or a database could be made to work on.
  "*".repeat(500),
  `${"*a".repeat(200)}b`,
  "**/".repeat(150),
  "{a,b}".repeat(90),
  "{{{{{{{{",
  "[".repeat(400),
  "[z-a]",
  "!(a|b)",
  "(a+)+$",
  "${7*7}{{7*7}}",
  "$(touch /tmp/x)`id`",
  "\\",
  "%00%ff%2e%2e%2f",
  "1' AND randomblob(1000000000) --",
  "x%' ESCAPE '",
  "toString",
  "hasOwnProperty",
  "NaN",
  "-0",
];

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...hostileTexts, null, true, -1, 1e15, 0.1, [], {}, [[]], [null]),
  fc.jsonValue(),
);

const malformed = fc.constantFrom(
  "{",
  "[1,]",
  "null",
  "[]",
  '"text"',
  "\uFEFF{}",
  '{"a":1,"a":2}',
  '{"amount":1e999}',
  `{"action":"${huge}"}`,
  `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  `{"arguments":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`,
);

// None of these is the UTF-8 of a text: overlong forms, a surrogate, beyond the last character, cut off, UTF-16.
const notText = fc
  .constantFrom(
    [0xc0, 0xaf],
    [0xe0, 0x80, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf0, 0x9f],
    [0xff, 0xfe],
  )
  .map((bytes) => {
    const [before, after] = ['{"action":"', '"}'].map((text) => new TextEncoder().encode(text));
    return new Uint8Array([...(before ?? []), ...bytes, ...(after ?? [])]);
  });

// Each means something to some server, proxy or framework, and must mean nothing here, or only what is documented.
const meddling = fc.record(
  {
    "X-HTTP-Method-Override": fc.constantFrom("DELETE", "GET"),
    "X-Original-URL": fc.constant("/api/dashboard/settings"),
    "X-Forwarded-Host": fc.constant(elsewhere),
    "X-Forwarded-For": fc.constant("127.0.0.1, ::1"),
    Forwarded: fc.constant(`host=${elsewhere};proto=http`),
    "X-Request-Id": fc.constant("req_mine00000000000000"),
    "Content-Encoding": fc.constantFrom("gzip", "identity"),
    "Accept-Language": fc.constant("x".repeat(4000)),
    Accept: fc.constantFrom("text/html", "*/*;q=0"),
    Range: fc.constant("bytes=0-0"),
    "If-None-Match": fc.constant("*"),
    Expect: fc.constant("100-continue"),
    Connection: fc.constant("X-Developer-Token"),
    Upgrade: fc.constant("h2c"),
  },
  { requiredKeys: [] },
);

const contentTypes = fc.oneof(
  { weight: 12, arbitrary: fc.constant("application/json") },
  fc.constantFrom("text/plain", "application/json; charset=utf-16", "multipart/form-data", ";", ""),
);

/** Attempts on an operation: some as documented, some with one thing wrong, some plainly hostile. */
export function attempts(
  document: OpenApiDocument,
  path: string,
  { parameters = [], requestBody }: DocumentedOperation,
  known: KnownIds,
): { fair: fc.Arbitrary<Attempt>; any: fc.Arbitrary<Attempt> } {
  const own = Object.fromEntries(Object.entries(known).map(([prefix, [first = ""]]) => [prefix, [first]]));
  const fairValue = (schema: JsonSchema | boolean) => documentedValue(document, own, schema);
  const anyValue = (schema: JsonSchema | boolean) => documentedValue(document, known, schema);
  const inPlace = (place: string, isFair: boolean) => {
    const values = parameters
      // A fair wait would only take time.
      .filter((parameter) => parameter.in === place && !(isFair && parameter.name === "wait"))
      .map(
        ({ name, schema }) => [name, isFair ? fairValue(schema) : hostileOr(name, anyValue(schema))] as const,
      );
    const made: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(values);
    return place === "path" ? fc.record(made) : fc.record(made, { requiredKeys: [] });
  };

  const schema = requestBody?.content["application/json"]?.schema;
  const fairBody = schema === undefined ? fc.constant(undefined) : fairValue(schema).map(asText);
  const anyBody =
    schema === undefined
      ? fc.option(malformed, { nil: undefined })
      : fc.oneof(
          { weight: 3, arbitrary: fairBody },
          { weight: 4, arbitrary: withOneWrong(anyValue(schema), namesIn(document, schema)) },
          { weight: 2, arbitrary: fc.option(malformed, { nil: undefined }) },
          fc.json(),
          notText,
        );

  const attempt = (isFair: boolean) =>
    fc
      .record({
        path: inPlace("path", isFair),
        query: inPlace("query", isFair),
        headers: inPlace("header", isFair),
        meddling: isFair ? fc.constant({}) : fc.oneof(fc.constant({}), meddling),
        body: isFair ? fairBody : anyBody,
        type: isFair ? fc.constant("application/json") : contentTypes,
      })
      .map(({ path: ids, query, headers, meddling, body, type }): Attempt => {
        const asked = Object.entries(query).map(([name, value]) => `${name}=${encoded(value)}`);
        const sent = Object.entries(headers).map(([name, value]) => [name, encoded(value).slice(0, 200)]);
        return {
          path: [filled(path, ids), asked.join("&")].filter((part) => part !== "").join("?"),
          headers: {
            ...meddling,
            ...(body === undefined ? {} : { "Content-Type": type }),
            ...Object.fromEntries(sent),
          },
          body,
        };
      });
  return { fair: attempt(true), any: attempt(false) };
}

function hostileOr(name: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const hostile = fc.constantFrom(...hostileTexts);
  return name === "wait" ? hostile : fc.oneof({ weight: 3, arbitrary: value }, hostile);
}

function filled(path: string, ids: Record<string, unknown>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encoded(ids[name]));
}

function encoded(value: unknown): string {
  return encodeURIComponent(String(value).toWellFormed());
}

function asText(value: unknown): string {
  return JSON.stringify(value);
}

// Written by hand, so that `__proto__` is a key like any other and a key can come twice.
function withOneWrong(fair: fc.Arbitrary<unknown>, names: string[]): fc.Arbitrary<string> {
  const name = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...names, "unknown") },
    fc.constantFrom("__proto__", "constructor", "toString", "accountId", ""),
  );
  return fc.tuple(fair, name, hostileValue, fc.boolean()).map(([value, key, wrong, isTwice]) => {
    const kept = Object.entries(value ?? {}).filter(([other]) => isTwice || other !== key);
    return `{${[...kept, [key, wrong] as const].map(([one, held]) => `${asText(one)}:${asText(held)}`).join(",")}}`;
  });
}

function resolved(document: OpenApiDocument, schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (document.components.schemas[name] ?? {});
}

function namesIn(document: OpenApiDocument, schema: JsonSchema): string[] {
  return Object.keys(resolved(document, schema).properties ?? {});
}

function documentedValue(
  document: OpenApiDocument,
  known: KnownIds,
  given: JsonSchema | boolean,
): fc.Arbitrary<unknown> {
  if (typeof given === "boolean") return fc.jsonValue();
  const schema = resolved(document, given);
  const within = (inner: JsonSchema | boolean) => documentedValue(document, known, inner);
  const { minimum = 0, maximum = 1000, minLength = 0, maxLength = 40, minItems = 0 } = schema;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom<unknown>(...schema.enum);
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return fc.oneof(...either.map(within));
  const ids = known[/^\^?([a-z]+)_/.exec(schema.pattern ?? String(schema.examples?.[0]))?.[1] ?? ""];
  if (ids !== undefined) return fc.constantFrom(...ids);
  switch (schema.type) {
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: minimum, max: maximum });
    case "number":
      return fc.integer({ min: minimum, max: maximum }).map((number) => number / 4);
    case "array":
      return fc.array(within((schema.items ?? true) as JsonSchema), { minLength: minItems, maxLength: 3 });
    case "object":
      if (schema.properties === undefined) return fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, within(inner)])),
        { requiredKeys: schema.required ?? [] },
      );
    case "string":
      if (schema.format === "date-time")
        return fc.constantFrom("2030-01-31T12:00:00.000Z", "2020-02-29T00:00:00+02:00");
      if (schema.format === "email")
        return fc.integer({ min: 0 }).map((number) => `fuzz-${number}@example.com`);
      // A name that never resolves: what is subscribed here is not sent to anyone.
      if (schema.format === "uri") return fc.constant("https://receiver.invalid/hook");
      if (schema.examples !== undefined) return fc.constantFrom<unknown>(...schema.examples);
      return fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) });
    case "null":
      return fc.constant(null);
    case undefined:
    default:
      return fc.jsonValue();
  }
}
