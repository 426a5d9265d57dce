import fc from "fast-check";
import type { ActionRequest } from "../../src/contract/verify.ts";
import type { Facts, PermissionFacts } from "../../src/decision/facts.ts";

/** The moment at which everything here is decided; times are drawn closely around it. */
export const now = 1_000;

// Few and similar values, so that requests and permissions meet often.
const actions = ["deploy", "purchase", "execute_command", "read_file"];
const hosts = [
  "vercel.com",
  "a.vercel.com",
  "*.vercel.com",
  "a.com, b.com",
  "Invoice",
  "*",
  "evil.com/.vercel.com",
];
const names = [
  "main",
  "a",
  "a/b",
  ".env",
  "Main",
  "a*",
  "*",
  "**",
  "a/**",
  "[ab]",
  "{a,b}",
  "!a",
  "@(a)",
  "[a",
  "",
];
const paths = [
  "/repo/a",
  "/repo/",
  "/repo/../etc",
  "a",
  "~/a",
  "C:\\repo\\a",
  "/repo/.env",
  "/r\\..\\etc",
  "/a\nb",
  "\0",
];
const pathGlobs = [...paths, "/repo/**", "**/.env", "/repo/*", "**", "~/**", "/", "*.pem"];
const commands = ["ls", "rm -rf /", "echo rm\n-rf"];
const strange = fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }));

const oftenOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const text = (values: readonly string[]) =>
  fc.oneof(
    { weight: 9, arbitrary: oftenOf(values) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
  );
const list = (values: readonly string[]) => maybe(fc.array(text(values), { minLength: 1, maxLength: 3 }));

export const constraintsArbitrary: fc.Arbitrary<PermissionFacts["constraints"]> = fc.record(
  {
    maxAmount: maybe(oftenOf([0, 1, 10])),
    allowedVendors: list(hosts),
    allowedPaths: list(pathGlobs),
    deniedPaths: list(pathGlobs),
    deniedCommands: list(["rm", "rm -rf"]),
    allowedEnvironments: list(names),
    deniedEnvironments: list(names),
    allowedBranches: list(names),
    deniedBranches: list(names),
    allowedRepositories: list(names),
    deniedRepositories: list(names),
  },
  { requiredKeys: [] },
);

const permissionArbitrary: fc.Arbitrary<Omit<PermissionFacts, "permissionId">> = fc.record({
  status: fc.oneof({ weight: 5, arbitrary: fc.constant("active" as const) }, fc.constant("revoked" as const)),
  action: oftenOf(actions),
  resource: fc.option(text(hosts), { nil: undefined, freq: 1 }),
  allowedActions: fc.array(oftenOf(actions), { maxLength: 2 }),
  blockedActions: fc.oneof(
    { weight: 6, arbitrary: fc.constant<string[]>([]) },
    fc.array(oftenOf(actions), { maxLength: 1 }),
  ),
  requiresApproval: fc.boolean(),
  requireDifferentApprover: fc.boolean(),
  constraints: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, constraintsArbitrary),
  expiresAt: fc.option(oftenOf([now - 1, now, now + 1]), { nil: undefined, freq: 2 }),
  createdAt: oftenOf([1, 2, 3]),
});

export const factsArbitrary: fc.Arbitrary<Facts> = fc.record({
  agent: fc.record({
    agentId: fc.constant("agent_1" as const),
    status: fc.oneof(
      { weight: 9, arbitrary: fc.constant("active" as const) },
      fc.constant("disabled" as const),
    ),
  }),
  permissions: fc.array(permissionArbitrary, { maxLength: 5 }).map((permissions) =>
    permissions.map((permission, index): PermissionFacts => ({
      ...permission,
      permissionId: `perm_${index}`,
    })),
  ),
});

export const requestArbitrary: fc.Arbitrary<ActionRequest> = fc.record(
  {
    action: oftenOf(actions),
    resource: maybe(text(hosts)),
    amount: maybe(oftenOf([0, 1, 1.5, 10, 11])),
    metadata: maybe(
      fc.record(
        { environment: text(names), branch: text(names), repository: text(names) },
        { requiredKeys: [] },
      ),
    ),
    policyContext: maybe(
      fc.record(
        {
          cwd: text(["/repo", "C:\\repo", "repo"]),
          home: text(["/home/u", "C:\\u"]),
          toolInput: fc.record({ command: text(commands), filePath: text(paths) }, { requiredKeys: [] }),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: ["action"] },
);

/** A request whose parts may hold anything that JSON can hold. */
export const junkRequestArbitrary = fc
  .record(
    {
      action: fc.oneof(oftenOf(actions), fc.string({ unit: "binary" })),
      resource: strange,
      amount: strange,
      arguments: strange,
      metadata: fc.oneof(
        strange,
        fc.record({ environment: strange, branch: strange, repository: strange, __proto__: strange }),
      ),
      policyContext: fc.oneof(
        strange,
        fc.record({
          cwd: strange,
          home: strange,
          toolInput: fc.oneof(strange, fc.record({ command: strange, filePath: strange })),
        }),
      ),
    },
    { requiredKeys: ["action"] },
  )
  .map((junk) => junk as unknown as ActionRequest);
