import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceStepSchema, type ActionRequest } from "../../src/contract/verify.ts";
import { decide, explain, type Decision } from "../../src/decision/decide.ts";
import type { Facts, PermissionFacts } from "../../src/decision/facts.ts";
import {
  constraintsArbitrary,
  factsArbitrary,
  junkRequestArbitrary,
  now,
  requestArbitrary,
} from "./arbitraries.ts";

const numRuns = 1_500;

/** How far a decision lets an agent go. */
const freedom = { deny: 0, ask: 1, allow: 2 } as const satisfies Record<Decision["outcome"], number>;

const withPermission = (
  facts: Facts,
  index: number,
  change: (permission: PermissionFacts) => PermissionFacts,
): Facts => ({
  ...facts,
  permissions: facts.permissions.map((permission, at) =>
    at === index % facts.permissions.length ? change(permission) : permission,
  ),
});

const matchedIn = (request: ActionRequest, facts: Facts) =>
  explain(request, facts, now)
    .trace.filter(({ matched }) => matched)
    .map(({ permissionId }) => permissionId);

describe("a decision", () => {
  test("is drawn often enough in each of its outcomes for these properties to mean something", () => {
    const drawn = fc.sample(fc.tuple(requestArbitrary, factsArbitrary), { numRuns, seed: 1 });
    const count = { allow: 0, ask: 0, deny: 0 };
    for (const [request, facts] of drawn) count[decide(request, facts, now).outcome] += 1;
    expect(Math.min(count.allow, count.ask, count.deny)).toBeGreaterThan(numRuns / 20);
  });

  test("never gets freer by another block", () => {
    fc.assert(
      fc.property(requestArbitrary, factsArbitrary, fc.nat(4), (request, facts, index) => {
        const before = decide(request, facts, now);
        const blocking = withPermission(facts, index, (permission) => ({
          ...permission,
          blockedActions: [...permission.blockedActions, request.action],
        }));
        const after = decide(request, blocking, now);
        expect(freedom[after.outcome]).toBeLessThanOrEqual(freedom[before.outcome]);
        const changed = blocking.permissions[index % facts.permissions.length];
        const isActive =
          changed?.status === "active" && (changed.expiresAt === undefined || changed.expiresAt > now);
        expect(isActive ? after.outcome : "deny").toBe("deny");
      }),
      { numRuns },
    );
  });

  // A permission that requires approval and no longer passes no longer asks, and another that passes may allow:
  // the narrower of two permissions says only what it covers. So it is the permissions that pass which never grow
  // more, and a denial for want of a passing permission stays one.
  test("finds no permission passing by another constraint or a longer deny list", () => {
    fc.assert(
      fc.property(
        requestArbitrary,
        factsArbitrary,
        fc.nat(4),
        constraintsArbitrary,
        (request, facts, index, added) => {
          const narrower = withPermission(facts, index, ({ constraints, ...permission }) => ({
            ...permission,
            constraints: narrowed(constraints, added),
          }));
          const passing = new Set(matchedIn(request, facts));
          for (const permissionId of matchedIn(request, narrower)) expect(passing).toContain(permissionId);
          expect(passing.size === 0 ? decide(request, narrower, now).outcome : "deny").toBe("deny");
        },
      ),
      { numRuns },
    );
  });

  test("never gets freer by approval that is required where it was not", () => {
    fc.assert(
      fc.property(requestArbitrary, factsArbitrary, fc.nat(4), (request, facts, index) => {
        const gated = withPermission(facts, index, (permission) => ({
          ...permission,
          requiresApproval: true,
        }));
        const before = freedom[decide(request, facts, now).outcome];
        expect(freedom[decide(request, gated, now).outcome]).toBeLessThanOrEqual(before);
      }),
      { numRuns },
    );
  });

  test("never asks or allows by a permission that is revoked or has expired", () => {
    fc.assert(
      fc.property(requestArbitrary, factsArbitrary, (request, facts) => {
        const decision = decide(request, facts, now);
        if (decision.outcome === "deny") return;
        const by = facts.permissions.find(({ permissionId }) => permissionId === decision.permissionId);
        expect(by?.status).toBe("active");
        expect(by?.expiresAt ?? now + 1).toBeGreaterThan(now);
        expect([by?.action, ...(by?.allowedActions ?? [])]).toContain(request.action);
        expect(facts.agent.status).toBe("active");
      }),
      { numRuns },
    );
  });

  test("allows only where no permission that passes requires approval", () => {
    fc.assert(
      fc.property(requestArbitrary, factsArbitrary, (request, facts) => {
        const { decision, trace } = explain(request, facts, now);
        if (decision.outcome !== "allow") return;
        expect(trace.filter(({ matched, requiresApproval }) => matched && requiresApproval)).toEqual([]);
        expect(trace.filter(({ failedCheck }) => failedCheck === "blocked")).toEqual([]);
      }),
      { numRuns },
    );
  });

  test("does not depend on the order of the facts, and is the same every time", () => {
    fc.assert(
      fc.property(
        requestArbitrary,
        factsArbitrary.chain((facts) =>
          fc.tuple(
            fc.constant(facts),
            fc.shuffledSubarray([...facts.permissions], { minLength: facts.permissions.length }),
          ),
        ),
        (request, [facts, permissions]) => {
          const first = explain(request, facts, now);
          expect(explain(request, facts, now)).toEqual(first);
          expect(explain(request, { ...facts, permissions }, now)).toEqual(first);
        },
      ),
      { numRuns },
    );
  });

  test("leaves what it is given as it was", () => {
    fc.assert(
      fc.property(requestArbitrary, factsArbitrary, (request, facts) => {
        const before = structuredClone({ request, facts });
        explain(deepFrozen(request), deepFrozen(facts), now);
        expect({ request, facts }).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  test("is made of any request without throwing", () => {
    fc.assert(
      fc.property(junkRequestArbitrary, factsArbitrary, (request, facts) => {
        expect(Object.keys(freedom)).toContain(decide(request, facts, now).outcome);
      }),
      { numRuns },
    );
  });

  test("is the one that explain gives, with a step for every candidate", () => {
    fc.assert(
      fc.property(requestArbitrary, factsArbitrary, (request, facts) => {
        const { decision, trace } = explain(request, facts, now);
        expect(decide(request, facts, now)).toEqual(decision);
        for (const step of trace) expect(traceStepSchema.parse(step)).toEqual(step);
        const candidates = facts.permissions.filter(({ action, allowedActions, blockedActions }) =>
          [action, ...allowedActions, ...blockedActions].includes(request.action),
        );
        expect(trace.map(({ permissionId }) => permissionId).toSorted()).toEqual(
          candidates.map(({ permissionId }) => permissionId).toSorted(),
        );
      }),
      { numRuns },
    );
  });

  test("takes an expiry that is no time for one that has passed", () => {
    const facts: Facts = {
      agent: { agentId: "agent_1", status: "active" },
      permissions: [permission({ expiresAt: Number.NaN })],
    };
    expect(decide({ action: "deploy" }, facts, now)).toMatchObject({ reason: "permission_expired" });
  });

  test("takes no inherited property for a fact", () => {
    const metadata: Record<string, unknown> = Object.create({ environment: "staging" });
    const facts: Facts = {
      agent: { agentId: "agent_1", status: "active" },
      permissions: [permission({ constraints: { allowedEnvironments: ["staging"] } })],
    };
    expect(decide({ action: "deploy", metadata }, facts, now)).toMatchObject({
      reason: "environment_not_allowed",
    });
  });

  test.each([[["staging"]], [{ 0: "staging" }], [1], [true], [null]])(
    "takes %j for no environment, with an allow list and with a deny list",
    (environment) => {
      const request = { action: "deploy", metadata: { environment } };
      const facts = (constraints: PermissionFacts["constraints"]): Facts => ({
        agent: { agentId: "agent_1", status: "active" },
        permissions: [permission({ constraints })],
      });
      const allowed = facts({ allowedEnvironments: ["*", "1", "true", "null", "staging"] });
      expect(decide(request, allowed, now)).toMatchObject({ reason: "environment_not_allowed" });
      const denied = facts({ deniedEnvironments: ["production"] });
      expect(decide(request, denied, now)).toMatchObject({ reason: "environment_denied" });
    },
  );

  test.each([Number.NaN, -1, "1", null])("takes %j for no amount", (amount) => {
    const request = { action: "deploy", amount } as unknown as ActionRequest;
    const facts: Facts = {
      agent: { agentId: "agent_1", status: "active" },
      permissions: [permission({ constraints: { maxAmount: 10 } })],
    };
    expect(decide(request, facts, now)).toMatchObject({ reason: "amount_required" });
  });
});

function permission(over: Partial<PermissionFacts>): PermissionFacts {
  return {
    permissionId: "perm_1",
    status: "active",
    action: "deploy",
    allowedActions: [],
    blockedActions: [],
    requiresApproval: false,
    requireDifferentApprover: false,
    constraints: {},
    createdAt: 0,
    ...over,
  };
}

/** The constraints with more of them set, longer deny lists and lower limits, and no allow list that says more. */
function narrowed(
  old: PermissionFacts["constraints"],
  added: PermissionFacts["constraints"],
): PermissionFacts["constraints"] {
  const longer = (a: string[] | undefined, b: string[] | undefined) =>
    a || b ? [...(a ?? []), ...(b ?? [])] : undefined;
  return {
    ...added,
    ...Object.fromEntries(Object.entries(old).filter(([, value]) => value !== undefined)),
    maxAmount:
      old.maxAmount === undefined || added.maxAmount === undefined
        ? (old.maxAmount ?? added.maxAmount)
        : Math.min(old.maxAmount, added.maxAmount),
    deniedPaths: longer(old.deniedPaths, added.deniedPaths),
    deniedCommands: longer(old.deniedCommands, added.deniedCommands),
    deniedEnvironments: longer(old.deniedEnvironments, added.deniedEnvironments),
    deniedBranches: longer(old.deniedBranches, added.deniedBranches),
    deniedRepositories: longer(old.deniedRepositories, added.deniedRepositories),
  };
}

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen);
  return value;
}
