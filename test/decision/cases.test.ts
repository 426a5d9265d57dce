/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, test } from "vitest";
import { decisionCasesSchema, type DecisionCasesInput } from "../../src/contract/decision-case.ts";
import { reasons, type ReasonCode } from "../../src/contract/reasons.ts";
import { explanationSchema } from "../../src/contract/verify.ts";
import { questionOf, runCases } from "../../src/decision/cases.ts";

const files = Object.entries(
  import.meta.glob<unknown>("../cases/*.json", { eager: true, import: "default" }),
).map(([path, json]) => ({
  name: path.replace("../cases/", "").replace(".json", ""),
  file: decisionCasesSchema.parse(json),
}));

describe.each(files)("$name", ({ file }) => {
  test.each(runCases(file))("$name", ({ passed, decision, expected }) => {
    expect(passed, `decided ${JSON.stringify(decision)}`).toBe(true);
    expect(decision).toMatchObject(withoutApprover(expected));
  });

  test("names each of its cases, once, with the reason that is expected", () => {
    const names = file.cases.map(({ name }) => name);
    expect(names).toHaveLength(new Set(names).size);
    for (const { expect: expected } of file.cases) expect(expected.reasonCode).toBeDefined();
  });
});

describe("all cases together", () => {
  // These two are what a gate answers to a decision to ask.
  const ofTheGate: readonly ReasonCode[] = ["allowed_by_grant", "approval_denied"];

  test("give every reason that a decision can have", () => {
    const given = new Set(
      files.flatMap(({ file }) => runCases(file).map(({ decision }) => decision.reasonCode)),
    );
    const all = new Set(Object.keys(reasons).filter((code) => !ofTheGate.some((one) => one === code)));
    expect(given).toEqual(all);
  });

  test("are explained as the contract writes an explanation, with sentence and risk of the reason", () => {
    for (const { decision, trace } of files.flatMap(({ file }) => runCases(file))) {
      expect(explanationSchema.parse({ decision, trace })).toEqual({ decision, trace });
      const { sentence, risk } = reasons[decision.reasonCode];
      expect(decision).toMatchObject({ reason: sentence, risk });
      expect(decision).not.toHaveProperty("allowed");
    }
  });
});

describe("a file of cases", () => {
  const parsed = (input: DecisionCasesInput) => decisionCasesSchema.parse(input);
  const deploy = { action: "deploy" };

  test("needs nothing but requests, permissions and what is expected", () => {
    const file = parsed({
      facts: { permissions: [{ action: "deploy" }, { action: "purchase", requiresApproval: true }] },
      cases: [
        { name: "a", request: deploy, expect: { outcome: "allow" } },
        { name: "b", request: { action: "purchase" }, expect: { outcome: "ask", permissionId: "perm_2" } },
        { name: "c", request: { action: "email" }, expect: { outcome: "deny" } },
      ],
    });
    expect(runCases(file).map(({ passed }) => passed)).toEqual([true, true, true]);
  });

  test.each([
    { outcome: "deny" },
    { outcome: "ask", reasonCode: "allowed" },
    { outcome: "ask", permissionId: "perm_2" },
    { outcome: "ask", requireDifferentApprover: true },
  ] as const)("fails where %j is expected and perm_1 asks", (expected) => {
    const file = parsed({
      facts: { permissions: [{ action: "deploy", requiresApproval: true }] },
      cases: [{ name: "a", request: deploy, expect: expected }],
    });
    expect(runCases(file)).toMatchObject([{ passed: false, decision: { outcome: "ask" } }]);
  });

  test("takes the facts and the time of a case before those of the file", () => {
    const file = parsed({
      now: "2030-01-01T00:00:00Z",
      facts: { permissions: [{ action: "deploy" }] },
      cases: [
        {
          name: "a",
          now: "2031-01-01T00:00:00+01:00",
          facts: { agent: { status: "disabled" }, permissions: [] },
          request: deploy,
          expect: { outcome: "deny" },
        },
      ],
    });
    const [one] = file.cases;
    expect(one && questionOf(one, file)).toMatchObject({
      now: Date.UTC(2030, 11, 31, 23),
      facts: { agent: { status: "disabled" }, permissions: [] },
    });
  });

  test.each([
    [
      "a field that is not known",
      { cases: [{ name: "a", request: deploy, expect: { outcome: "deny" }, x: 1 }] },
    ],
    [
      "a permission with a field that is not known",
      { facts: { permissions: [{ action: "a", allow: "b" }] } },
    ],
    [
      "a request that the API would refuse",
      { cases: [{ name: "a", request: { action: "" }, expect: { outcome: "deny" } }] },
    ],
    [
      "two names for the resource that differ",
      {
        cases: [
          { name: "a", request: { ...deploy, vendor: "a", resource: "b" }, expect: { outcome: "deny" } },
        ],
      },
    ],
    [
      "a reason that does not exist",
      { cases: [{ name: "a", request: deploy, expect: { outcome: "deny", reasonCode: "no" } }] },
    ],
    ["a time that is none", { now: "tomorrow" }],
    ["no case", { cases: [] }],
  ])("is refused with %s", (_, change) => {
    const sound = { cases: [{ name: "a", request: deploy, expect: { outcome: "deny" } }] };
    expect(decisionCasesSchema.safeParse(sound).success).toBe(true);
    expect(decisionCasesSchema.safeParse({ ...sound, ...change }).success).toBe(false);
  });
});

function withoutApprover<T extends { requireDifferentApprover?: unknown }>(expected: T) {
  const { requireDifferentApprover: _, ...rest } = expected;
  return rest;
}
