import { expect, it } from "vitest";
import { type Recorded, statesAfter } from "./linearize.ts";
import { type Call, newAgentState, type Seen } from "./reference-state.ts";

const minute = 60_000;
const begin = newAgentState([
  { id: "perm_1", action: "deploy", isGated: true, endsAt: null },
  { id: "perm_2", action: "read", isGated: false, endsAt: null },
]);

/** A call from one moment to another, and what it saw. */
function at(start: number, end: number, call: Call, seen: Seen, now = 0): Recorded {
  return { call, seen, start, end, now };
}

const deploy: Call = { do: "verify", intent: "deploy a", key: null };
const keyed: Call = { do: "verify", intent: "deploy a", key: "k1" };
const approve: Call = { do: "approve", approval: "apr_1" };
const approved = (now = 0): Seen => ({ kind: "done", grantExpiresAt: now + 30 * minute });
const waits = (request: string, approval = "apr_1", now = 0): Seen => ({
  kind: "asked",
  approval,
  permission: "perm_1",
  expiresAt: now + 24 * 60 * minute,
  request,
  isReplay: false,
});
const spends = (request: string): Seen => ({
  kind: "allowed",
  reason: "allowed_by_grant",
  permission: "perm_1",
  request,
  isReplay: false,
});
const again = (seen: Seen): Seen => ({ ...seen, isReplay: true }) as Seen;

const given = [at(1, 2, deploy, waits("req_1")), at(3, 4, approve, approved())];
const isPossible = (...calls: Recorded[]) => statesAfter([begin], calls).length > 0;

it("accepts calls one after the other, and any order of those at the same time", () => {
  expect(isPossible(...given, at(5, 6, deploy, spends("req_2")))).toBe(true);
  expect(
    isPossible(...given, at(5, 9, deploy, waits("req_2", "apr_2")), at(6, 8, deploy, spends("req_3"))),
  ).toBe(true);
  expect(
    isPossible(given[0] as Recorded, at(3, 9, approve, approved()), at(4, 8, deploy, spends("req_2"))),
  ).toBe(true);
});

it("rejects a grant that is spent twice, at the same time too", () => {
  expect(isPossible(...given, at(5, 6, deploy, spends("req_2")), at(7, 8, deploy, spends("req_3")))).toBe(
    false,
  );
  expect(isPossible(...given, at(5, 8, deploy, spends("req_2")), at(6, 7, deploy, spends("req_3")))).toBe(
    false,
  );
});

it("rejects an answer that is older than what was over before it was asked for", () => {
  expect(isPossible(...given, at(5, 6, deploy, waits("req_2")))).toBe(false);
  const revoked = at(5, 6, { do: "revoke", permission: "perm_1" }, { kind: "done" });
  expect(isPossible(...given, revoked, at(7, 8, deploy, spends("req_2")))).toBe(false);
  expect(isPossible(...given, { ...revoked, end: 9 }, at(7, 8, deploy, spends("req_2")))).toBe(true);
  const off = at(5, 6, { do: "disable" }, { kind: "done" });
  const on = at(7, 8, { do: "enable" }, { kind: "done" });
  expect(isPossible(...given, off, on, at(9, 10, deploy, spends("req_2")))).toBe(false);
});

it("rejects what is given without a person, after its time, or for another intent", () => {
  expect(isPossible(at(1, 2, deploy, spends("req_1")))).toBe(false);
  expect(isPossible(...given, at(5, 6, deploy, spends("req_2"), 30 * minute - 1))).toBe(true);
  expect(isPossible(...given, at(5, 6, deploy, spends("req_2"), 30 * minute))).toBe(false);
  const other: Call = { do: "verify", intent: "deploy b", key: null };
  expect(isPossible(...given, at(5, 6, other, spends("req_2")))).toBe(false);
});

it("takes a retry for the same answer, for two minutes and with the same body", () => {
  const first = at(5, 6, keyed, spends("req_2"));
  expect(isPossible(...given, first, at(7, 8, keyed, again(spends("req_2"))))).toBe(true);
  expect(isPossible(...given, first, at(7, 8, keyed, again(spends("req_3"))))).toBe(false);
  expect(isPossible(...given, first, at(7, 8, keyed, spends("req_3")))).toBe(false);
  expect(isPossible(...given, first, at(7, 8, keyed, again(spends("req_2")), 2 * minute))).toBe(false);
  expect(isPossible(...given, first, at(7, 8, keyed, { kind: "conflict" }, 2 * minute))).toBe(true);
  const otherBody: Call = { do: "verify", intent: "read a", key: "k1" };
  expect(isPossible(...given, first, at(7, 8, otherBody, { kind: "conflict" }))).toBe(true);
});

it("counts a call without an answer as done, half done or not done, and never twice", () => {
  const lost = at(5, Infinity, keyed, { kind: "lost" });
  expect(isPossible(...given, lost, at(7, 8, keyed, again(spends("req_2"))))).toBe(true);
  expect(isPossible(...given, lost, at(7, 8, keyed, spends("req_2")))).toBe(true);
  expect(isPossible(...given, lost, at(7, 8, deploy, spends("req_2")))).toBe(true);
  expect(isPossible(...given, lost, at(7, 8, deploy, waits("req_2", "apr_2")))).toBe(true);
  expect(
    isPossible(...given, lost, at(7, 8, deploy, spends("req_2")), at(9, 10, keyed, again(spends("req_3")))),
  ).toBe(false);
});

it("lets nobody in who has no right to it", () => {
  expect(isPossible(at(1, 2, { do: "intrude" }, { kind: "refused" }))).toBe(true);
  expect(isPossible(at(1, 2, { do: "intrude" }, { kind: "done" }))).toBe(false);
});

it("lets a try that read its facts before they changed be recorded last, and only where it was under way", () => {
  const replaced: Seen = { kind: "done", permission: "perm_3" };
  const replace: Call = {
    do: "replace",
    permission: "perm_1",
    action: "deploy",
    isGated: true,
    endsAt: null,
  };
  const after = (request: string): Seen => {
    const seen = waits(request, "apr_2");
    return seen.kind === "asked" ? { ...seen, permission: "perm_3" } : seen;
  };
  const history = (firstEnds: number) => [
    at(1, firstEnds, keyed, waits("req_1")),
    at(3, 4, replace, replaced),
    at(5, 6, keyed, after("req_2")),
    at(9, 10, keyed, after("req_3")),
  ];
  expect(isPossible(...history(8))).toBe(true);
  expect(isPossible(...history(2))).toBe(false);
});
