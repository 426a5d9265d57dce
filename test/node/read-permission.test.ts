import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../src/contract/limits.ts";
import { constraintsSchema, permissionSpecSchema } from "../../src/contract/permission.ts";
import { readPermissionSpec } from "../../src/contract/read-permission.ts";

const lists = Object.keys(constraintsSchema.shape).filter(
  (name) => name.startsWith("allowed") || name.startsWith("denied"),
);
const full: Record<string, unknown> = {
  action: "deploy",
  resource: "*.vercel.com",
  description: "Deploys",
  scope: "team",
  notes: "None",
  template: "deploy",
  allowedActions: ["build"],
  blockedActions: ["delete"],
  requiresApproval: true,
  requireDifferentApprover: false,
  constraints: {
    maxAmount: 5,
    expiresAt: "2030-01-31T12:00:00.000Z",
    ...Object.fromEntries(lists.map((name) => [name, ["one", "two"]])),
  },
};
const specNames = [...Object.keys(full), "maxAmount", "more", "toString", "__proto__"];
const constraintNames = [
  ...Object.keys(full["constraints"] as object),
  "maxAmmount",
  "action",
  "constructor",
];

// Around every limit, by one.
const long = fc
  .constantFrom(
    limits.actionCharacters,
    limits.resourceCharacters,
    limits.descriptionCharacters,
    limits.scopeCharacters,
    limits.templateCharacters,
    limits.patternCharacters,
  )
  .chain((length) => fc.constantFrom("a".repeat(length), "a".repeat(length + 1), ` ${"a".repeat(length)}\n`));
const text = fc.oneof(
  fc.constantFrom("", " ", " a ", "\u00a0a\ufeff", "\ud800", "\u{1f600}", "deploy", "\u200b", "true", "0"),
  long,
);
const many = fc
  .constantFrom(0, limits.permissionEntries, limits.permissionEntries + 1)
  .map((length) => Array.from({ length }, () => "a"));
const moment = fc.constantFrom(
  "2030-01-31T12:00:00Z",
  "2030-02-29T12:00:00Z",
  "2028-02-29T12:00:00.5+02:00",
  "2030-01-31T12:00Z",
  "2030-01-31 12:00:00Z",
  "2030-01-31T12:00:00",
);
const value = fc.oneof(
  text,
  many,
  moment,
  fc.array(fc.oneof(text, fc.constantFrom(1, null, ["a"])), { maxLength: 3 }),
  fc.constantFrom(true, false, null, 0, -0, -1, 0.5, Number.MAX_VALUE, [], {}, { length: 1, 0: "a" }),
  fc.jsonValue(),
);
const changed = (base: object, names: readonly string[]) =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 2 }),
      fc.oneof({ weight: 2, arbitrary: fc.constant<string[]>([]) }, fc.subarray([...names])),
    )
    .map(([changes, gone]) =>
      Object.fromEntries([...Object.entries(base), ...changes].filter(([name]) => !gone.includes(name))),
    );
const constraints = fc.oneof(
  { weight: 4, arbitrary: changed(full["constraints"] as object, constraintNames) },
  { weight: 1, arbitrary: value },
);
const spec = fc
  .tuple(changed(full, specNames), fc.option(constraints, { freq: 2, nil: undefined }))
  .map(([made, limited]) => (limited === undefined ? made : { ...made, constraints: limited }));

describe("a permission that is read by hand", () => {
  test("is one that the schema takes, and the other way round", () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.oneof({ weight: 20, arbitrary: spec }, { weight: 1, arbitrary: fc.jsonValue() }),
        (given) => {
          // As it comes: out of a text.
          const json = JSON.stringify(given);
          const bySchema = permissionSpecSchema.safeParse(JSON.parse(json));
          const read = readPermissionSpec(JSON.parse(json));
          expect(read, json).toEqual(bySchema.data);
          if (bySchema.success) taken += 1;
        },
      ),
      { numRuns: 5_000 },
    );
    // Neither almost all nor almost none, or nothing was compared.
    expect(taken).toBeGreaterThan(500);
    expect(taken).toBeLessThan(4_500);
  });

  test("keeps what is looked for in a command to the byte, and refuses what is blank", () => {
    const denying = (...deniedCommands: string[]) => ({ action: "run", constraints: { deniedCommands } });
    const said = denying("rm ", " -rf", "\nrm");
    expect(readPermissionSpec(said)?.constraints).toEqual(said.constraints);
    expect(permissionSpecSchema.parse(said).constraints).toEqual(said.constraints);
    for (const blank of ["", " ", "\u00a0\n"]) {
      expect(readPermissionSpec(denying("rm", blank))).toBeUndefined();
      expect(permissionSpecSchema.safeParse(denying("rm", blank)).error?.issues).toMatchObject([
        { path: ["constraints", "deniedCommands", 1], message: "must not be blank" },
      ]);
    }
  });

  test("keeps every field, and passes over none that it does not know", () => {
    expect(readPermissionSpec(full)).toEqual(full);
    expect(readPermissionSpec({ action: "deploy" })).toEqual(
      permissionSpecSchema.parse({ action: "deploy" }),
    );
    for (const json of [
      '{"action":"deploy","maxAmount":5}',
      '{"action":"deploy","constraints":{"maxAmmount":5}}',
      '{"action":"deploy","constraints":{"maxAmount":"5"}}',
      '{"action":"deploy","constraints":{"deniedCommands":[]}}',
      '{"action":"deploy","constraints":[]}',
      '{"action":"deploy","constraints":null}',
      '{"action":"deploy","blockedActions":"delete"}',
      '{"action":"deploy","requiresApproval":0}',
      '{"action":"deploy","__proto__":{"requiresApproval":false}}',
      '{"constraints":{}}',
      "null",
    ])
      expect(readPermissionSpec(JSON.parse(json)), json).toBeUndefined();
  });
});
