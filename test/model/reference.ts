// One agent as the promises have it: one request after the other, nothing lost, nothing in between. Shares no code
// with what it is compared to.

import {
  type Approval,
  type Call,
  denialMs,
  type Grantable,
  grantMs,
  type Happened,
  isOpen,
  keyMs,
  type Listing,
  type Permission,
  replayMs,
  type Seen,
  type State,
} from "./reference-state.ts";
import { afterVerify } from "./reference-verify.ts";

/** Every state that the agent may be in after this happened to it; none when it must not happen. */
export function after(before: State, happened: Happened): State[] {
  const { call, seen, now } = happened;
  const state = atTime(before, now);
  switch (call.do) {
    case "verify":
      return afterVerify(state, call, happened);
    case "approve":
    case "deny":
      return afterReview(state, call, seen, now);
    case "revoke":
    case "replace":
      return afterEnd(state, call, seen);
    case "permit":
      return completed(state, seen, (next) => permitted(next, call, seen));
    case "disable":
    case "enable":
      return completed(state, seen, (next) => switched(next, call.do === "disable"));
    case "intrude":
      return seen.kind === "refused" || seen.kind === "lost" ? [state] : [];
    case "look":
      return seen.kind === "listing" ? afterLook(state, seen.listing, call.isAtRest, now) : [];
  }
}

/** The moments at which time alone changes what is answered. */
export function moments({ permissions, approvals, keys }: State): number[] {
  return [
    ...permissions.flatMap(({ hasEnded, endsAt }) => (hasEnded || endsAt === null ? [] : [endsAt])),
    ...approvals.flatMap((approval) => {
      if (isOpen(approval)) return [approval.dueAt];
      if (approval.status === "denied") return [approval.decidedAt + denialMs];
      return approval.status === "used" ? [approval.usedAt + replayMs] : [];
    }),
    ...Object.values(keys).flatMap(({ at }) => [at + replayMs, at + keyMs]),
  ];
}

/** What time alone makes of it. */
function atTime(before: State, now: number): State {
  const state = structuredClone(before);
  for (const approval of state.approvals)
    if (isOpen(approval) && approval.dueAt <= now) approval.status = "expired";
  return state;
}

function afterReview(
  state: State,
  call: Extract<Call, { do: "approve" | "deny" }>,
  seen: Seen,
  now: number,
): State[] {
  const approval = state.approvals.find(({ id }) => id === call.approval);
  if (approval === undefined) return seen.kind === "refused" || seen.kind === "lost" ? [state] : [];
  if (approval.status !== "pending") return seen.kind === "refused" || seen.kind === "lost" ? [state] : [];
  if (seen.kind !== "done" && seen.kind !== "lost") return [];
  const next = structuredClone(state);
  const changed = next.approvals.find(({ id }) => id === call.approval);
  if (call.do === "approve") {
    if (seen.kind === "done" && seen.grantExpiresAt !== now + grantMs) return [];
    Object.assign(changed ?? {}, { status: "approved", dueAt: now + grantMs, decidedAt: now });
  } else Object.assign(changed ?? {}, { status: "denied", decidedAt: now });
  return seen.kind === "lost" ? [state, next] : [next];
}

function afterEnd(state: State, call: Extract<Call, { do: "revoke" | "replace" }>, seen: Seen): State[] {
  const index = state.permissions.findIndex(({ id }) => id === call.permission);
  const ending = state.permissions[index];
  if (ending === undefined || ending.hasEnded)
    return seen.kind === "refused" || seen.kind === "lost" ? [state] : [];
  return completed(state, seen, (next) => {
    next.permissions[index] = { ...ending, hasEnded: true };
    voided(next, ({ permission }) => permission === index);
    if (call.do === "replace") permitted(next, call, seen);
  });
}

function completed(state: State, seen: Seen, change: (next: State) => void): State[] {
  if (seen.kind !== "done" && seen.kind !== "lost") return [];
  const next = structuredClone(state);
  change(next);
  return seen.kind === "lost" ? [state, next] : [next];
}

function permitted(next: State, { action, isGated, endsAt }: Grantable, seen: Seen): void {
  const id = seen.kind === "done" ? (seen.permission ?? null) : null;
  next.permissions.push({ id, action, isGated, endsAt, hasEnded: false });
}

function switched(next: State, isDisabling: boolean): void {
  if (next.isDisabled === isDisabling) return;
  next.isDisabled = isDisabling;
  if (!isDisabling) {
    next.timesEnabled += 1;
    return;
  }
  next.timesDisabled += 1;
  next.epoch += 1;
  voided(next, () => true);
}

function voided(next: State, isMeant: (approval: Approval) => boolean): void {
  for (const approval of next.approvals) if (isOpen(approval) && isMeant(approval)) approval.status = "void";
}

// The listing names what nobody was told of. At rest it must hold every approval, as it stands.
function afterLook(state: State, listing: Listing, isAtRest: boolean, now: number): State[] {
  const { permissions, approvals, isDisabled } = listing;
  if (isDisabled !== state.isDisabled || permissions.length !== state.permissions.length) return [];
  for (const { id, action, hasEnded } of permissions) {
    const isIt = (each: Permission) => each.action === action && each.hasEnded === hasEnded;
    const known = state.permissions.find((each) => each.id === id);
    const found = known ?? state.permissions.find((each) => each.id === null && isIt(each));
    if (found === undefined || !isIt(found)) return [];
    found.id = id;
  }
  for (const { id, permission, intent, status } of approvals) {
    const owner = state.permissions.findIndex((each) => each.id === permission);
    const isIt = (each: Approval) => each.permission === owner && each.intent === intent;
    const known = state.approvals.find((each) => each.id === id);
    const found = known ?? state.approvals.find((each) => each.id === null && isIt(each));
    if (found === undefined || !isIt(found)) return [];
    found.id = id;
    if (!isAtRest) continue;
    // Its gate may have heard of the end only when its time was over.
    const hasExpired = found.status === "void" && status === "expired" && found.dueAt <= now;
    // Spent in the moment of the end, for an answer that the end overtook.
    const isSpentInVain = found.status === "void" && status === "used";
    if (status !== found.status && !hasExpired && !isSpentInVain) return [];
  }
  return isAtRest && state.approvals.length !== approvals.length ? [] : [state];
}
