import {
  type Approval,
  type Call,
  claimMs,
  type Decision,
  denialMs,
  type Happened,
  type Intent,
  keyMs,
  type Packet,
  pendingMs,
  type Remembered,
  replayMs,
  type Seen,
  type State,
} from "./reference-state.ts";

type Ruling =
  | { kind: "allow"; permission: number }
  | { kind: "deny"; reason: string }
  | { kind: "ask"; permission: number };

// Of permissions that were made in the same millisecond any may be the one: so a ruling for each.
function rulings({ isDisabled, permissions }: State, action: string, now: number): Ruling[] {
  if (isDisabled) return [{ kind: "deny", reason: "agent_disabled" }];
  const mine = permissions.map((permission, index) => ({ ...permission, index }));
  const about = mine.filter((permission) => permission.action === action);
  const unended = about.filter(({ hasEnded }) => !hasEnded);
  const active = unended.filter(({ endsAt }) => endsAt === null || endsAt > now);
  const gated = active.filter(({ isGated }) => isGated);
  if (gated.length > 0) return gated.map(({ index }) => ({ kind: "ask", permission: index }));
  if (active.length > 0) return active.map(({ index }) => ({ kind: "allow", permission: index }));
  if (unended.length > 0) return [{ kind: "deny", reason: "permission_expired" }];
  return [{ kind: "deny", reason: about.length > 0 ? "permission_revoked" : "no_permission" }];
}

type Verify = Extract<Call, { do: "verify" }>;

/** Every state after an agent asked. */
export function afterVerify(
  state: State,
  call: Verify,
  { seen, now, metAnEnd, metATry, metACrash }: Happened,
): State[] {
  const { key, intent } = call;
  const [action = ""] = intent.split(" ");
  const known = key === null ? undefined : state.keys[key];
  const stored = known !== undefined && known.at + keyMs > now ? known : undefined;
  const ways = rulings(state, action, now).flatMap((ruling): State[] => {
    if (stored !== undefined && (stored.intent !== intent || stored.at + replayMs <= now))
      return seen.kind === "conflict" || seen.kind === "lost" ? [state] : [];
    if (stored !== undefined && isStillTrue(stored, ruling, state.epoch))
      return repeated(state, call, stored, seen);
    const next = decided(state, call, ruling, stored?.at ?? now, seen, now);
    // Another try read its facts before they changed, and was put on record after this one: the key has its answer then,
    // which is not true any more, and a later try is decided afresh.
    if (metATry !== true || key === null || stored?.decision.kind !== "asked") return next;
    return [...next, ...next.map((each) => ({ ...each, keys: { ...each.keys, [key]: stored } }))];
  });
  const claim = key === null ? undefined : state.claims[key];
  if (seen.kind === "conflict" && claim !== undefined && claim.intent !== intent && claim.until > now)
    ways.push(state);
  // Another try got its answer after this one had looked for it: this one has asked the gate already.
  if (metATry === true && stored?.decision.kind === "asked")
    ways.push(
      ...rulings(state, action, now).flatMap((ruling) => overtaken(state, call, ruling, stored, seen, now)),
    );
  // So it had where the end came in between: what it opened under the old facts is void, and nobody waits for it.
  if (metATry === true && metAnEnd === true && stored !== undefined)
    ways.push(...openedInVain(state, intent, now).flatMap((next) => repeated(next, call, stored, seen)));
  // The end came between reading the facts and asking the gate: a refusal, which is always safe.
  if (metAnEnd === true && seen.kind === "denied" && !seen.isReplay && isAnEnd(seen.reason)) {
    const decision: Decision = { kind: "denied", reason: seen.reason };
    ways.push(remembered(state, call, decision, seen.request, stored?.at ?? now));
  }
  // What kept other bodies out while the first one was under way is gone with a restart of the ledger.
  if (metACrash === true && seen.kind === "conflict")
    ways.push(...rulings(state, action, now).flatMap((ruling) => gateTurns(state, call, ruling, now)));
  return ways;
}

const isAnEnd = (reason: string) => reason === "permission_revoked" || reason === "agent_disabled";

function isStillTrue({ decision, epoch }: Remembered, ruling: Ruling, present: number): boolean {
  if (decision.kind === "denied") return true;
  if (epoch !== present || ruling.kind === "deny" || ruling.permission !== decision.permission) return false;
  if (decision.kind === "asked") return ruling.kind === "ask";
  return (ruling.kind === "allow") === (decision.reason === "allowed");
}

function repeated(state: State, { key }: Verify, stored: Remembered, seen: Seen): State[] {
  if (seen.kind === "lost") return [state];
  if (!("request" in seen) || !seen.isReplay || key === null) return [];
  if (stored.request !== null && stored.request !== seen.request) return [];
  const next = structuredClone(state);
  next.keys[key] = { ...stored, request: seen.request };
  return isTheAnswer(next, stored.decision, seen) ? [next] : [];
}

function overtaken(
  state: State,
  call: Verify,
  ruling: Ruling,
  stored: Remembered,
  seen: Seen,
  now: number,
): State[] {
  const isSpent = seen.kind === "allowed" && seen.reason === "allowed_by_grant";
  if (isSpent || seen.kind === "lost") return decided(state, call, ruling, stored.at, seen, now);
  // What it opened there waits for a person too; what it spent there it must be told.
  return gateTurns(state, call, ruling, now).flatMap(({ decision, ...next }) =>
    decision.kind === "asked" ? repeated(next, call, stored, seen) : [],
  );
}

/** A void request under each permission that may have asked for one before its end, or the agent's. */
function openedInVain(state: State, intent: Intent, now: number): State[] {
  const [action] = intent.split(" ");
  return state.permissions.flatMap((each, permission) => {
    const isEnded = each.hasEnded || state.isDisabled;
    if (!isEnded || !each.isGated || each.action !== action) return [];
    const next = structuredClone(state);
    next.approvals.push({ ...newApproval(state, permission, intent, now), status: "void" });
    return [next];
  });
}

function newApproval({ epoch }: State, permission: number, intent: Intent, now: number): Approval {
  return {
    id: null,
    permission,
    intent,
    epoch,
    status: "pending",
    dueAt: now + pendingMs,
    decidedAt: 0,
    usedAt: 0,
    usedBy: null,
  };
}

function decided(
  state: State,
  call: Verify,
  ruling: Ruling,
  keyUsedAt: number,
  seen: Seen,
  now: number,
): State[] {
  return gateTurns(state, call, ruling, now).flatMap((turn) => {
    const { decision, ...next } = turn;
    if (seen.kind === "lost")
      return [
        claimed(state, call, now),
        claimed(next, call, now),
        remembered(next, call, decision, null, keyUsedAt),
      ];
    if (!("request" in seen) || seen.isReplay) return [];
    if (decision.kind === "asked" && seen.kind === "asked") {
      const approval = next.approvals[decision.approval];
      if (approval?.dueAt !== seen.expiresAt) return [];
    }
    const bound = remembered(next, call, decision, seen.request, keyUsedAt);
    return isTheAnswer(bound, decision, seen) ? [bound] : [];
  });
}

function claimed(state: State, { key, intent }: Verify, now: number): State {
  if (key === null) return state;
  return { ...state, claims: { ...state.claims, [key]: { intent, until: now + claimMs } } };
}

function remembered(
  state: State,
  { key, intent }: Verify,
  decision: Decision,
  request: string | null,
  at: number,
): State {
  const next = structuredClone(state);
  if (key !== null) next.keys[key] = { intent, decision, request, at, epoch: state.epoch };
  return next;
}

/** The decision, and the state that a gate is in after it was asked, where one is asked. */
function gateTurns(
  state: State,
  { intent, key }: Verify,
  ruling: Ruling,
  now: number,
): (State & { decision: Decision })[] {
  const next = structuredClone(state);
  if (ruling.kind === "deny") return [{ ...next, decision: { kind: "denied", reason: ruling.reason } }];
  const { permission } = ruling;
  if (ruling.kind === "allow")
    return [{ ...next, decision: { kind: "allowed", reason: "allowed", permission } }];
  const byGrant: Decision = { kind: "allowed", reason: "allowed_by_grant", permission };
  const same = next.approvals.filter((each) => each.permission === permission && each.intent === intent);
  const newest = same.at(-1);
  if (newest?.status === "denied" && newest.decidedAt + denialMs > now)
    return [{ ...next, decision: { kind: "denied", reason: "approval_denied" } }];
  const isMine = ({ usedBy, usedAt, epoch }: Approval) =>
    key !== null && usedBy === key && usedAt + replayMs > now && epoch === state.epoch;
  if (same.some((each) => each.status === "used" && isMine(each))) return [{ ...next, decision: byGrant }];
  if (newest?.status === "pending")
    return [{ ...next, decision: { kind: "asked", permission, approval: next.approvals.indexOf(newest) } }];
  if (newest?.status === "approved") {
    Object.assign(newest, { status: "used", usedAt: now, usedBy: key });
    return [{ ...next, decision: byGrant }];
  }
  next.approvals.push(newApproval(state, permission, intent, now));
  return [{ ...next, decision: { kind: "asked", permission, approval: next.approvals.length - 1 } }];
}

/** Whether this packet says that decision. Learns the ids that nobody knew yet. */
function isTheAnswer(state: State, decision: Decision, packet: Packet): boolean {
  if (decision.kind === "denied") return packet.kind === "denied" && packet.reason === decision.reason;
  if (decision.kind === "allowed")
    return (
      packet.kind === "allowed" &&
      packet.reason === decision.reason &&
      isNamed(state.permissions, decision.permission, packet.permission)
    );
  return (
    packet.kind === "asked" &&
    isNamed(state.permissions, decision.permission, packet.permission) &&
    isNamed(state.approvals, decision.approval, packet.approval)
  );
}

function isNamed(things: { id: string | null }[], index: number, id: string): boolean {
  const thing = things[index];
  if (thing === undefined) return false;
  if (thing.id === null && things.every((other) => other.id !== id)) thing.id = id;
  return thing.id === id;
}
