import type { AgentId, PermissionId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { Permission, PermissionSpec } from "../contract/permission.ts";
import { drainOutbox } from "../db/outbox.ts";
import {
  actionWithoutRoom,
  createPermission,
  permissionOfAccount,
  replacePermission,
  revokePermission,
} from "../db/permissions.ts";
import { unreadableEntries } from "../decision/unreadable-entries.ts";
import { gateOf } from "../gates/gate-name.ts";
import { endStaleGrants } from "../gates/sweep.ts";
import type { AppContext } from "./context.ts";
import type { Person } from "./people/person.ts";
import { invalidRequest, Problem } from "./problem.ts";

/** Gives an agent of the person's account a permission. */
export async function grantPermission(
  c: AppContext,
  person: Person,
  agentId: AgentId,
  spec: PermissionSpec,
): Promise<PermissionId> {
  requireSavable(spec, c.var.now);
  const permissionId = await createPermission(c.env.DB, person, agentId, spec, c.var.now);
  if (permissionId === undefined)
    throw (
      (await noRoom(c, person, agentId, spec)) ??
      new Problem("NOT_FOUND", { detail: "There is no such agent." })
    );
  c.executionCtx.waitUntil(drainOutbox(c.env));
  return permissionId;
}

/** Ends a permission of the person's account, and whatever was open under it. */
export async function revokeFor(
  c: AppContext,
  person: Person,
  permissionId: PermissionId,
  agentId?: AgentId,
): Promise<void> {
  const permission = await permissionIn(c, person, permissionId, agentId);
  if (!(await revokePermission(c.env.DB, person, permission, c.var.now))) throw hasEnded();
  await endGate(c, permission);
  await endOpenGrants(c, permission.agentId);
}

/** Puts another permission in the place of one that is in force. */
export async function replaceFor(
  c: AppContext,
  person: Person,
  permissionId: PermissionId,
  agentId: AgentId,
  spec: PermissionSpec,
): Promise<PermissionId> {
  requireSavable(spec, c.var.now);
  const permission = await permissionIn(c, person, permissionId, agentId);
  const successor = await replacePermission(c.env.DB, person, permission, spec, c.var.now);
  if (successor === undefined) throw (await noRoom(c, person, agentId, spec, permissionId)) ?? hasEnded();
  await endGate(c, permission);
  await endOpenGrants(c, permission.agentId);
  return successor;
}

/**
 * Tells the gates what D1 already holds. A gate that cannot be reached now is told by the sweep; until then
 * the facts keep its grants from being spent.
 */
export async function endOpenGrants(c: AppContext, agentId: AgentId): Promise<void> {
  await endStaleGrants(c.env, c.var.now, { agentId });
  c.executionCtx.waitUntil(drainOutbox(c.env));
}

// D1 may not have heard yet of what was opened a moment ago, and would not name this gate.
async function endGate(c: AppContext, permission: Permission): Promise<void> {
  if (!permission.requiresApproval) return;
  const gate = gateOf(c.env.GATE, permission.agentId, permission.permissionId);
  try {
    await gate.end({ permissionEnded: true, epoch: 0, now: c.var.now });
  } catch {
    // The permission has ended in D1, which is what counts; the sweep tells the gate.
  }
}

async function permissionIn(
  c: AppContext,
  person: Person,
  permissionId: PermissionId,
  agentId: AgentId | undefined,
): Promise<Permission> {
  const permission = await permissionOfAccount(c.env.DB, person.accountId, permissionId);
  if (permission === undefined || (agentId !== undefined && permission.agentId !== agentId))
    throw new Problem("NOT_FOUND", { detail: "There is no such permission." });
  return permission;
}

// The CONFLICT that an agent gets who has as many permissions for an action as can be decided on.
async function noRoom(
  c: AppContext,
  person: Person,
  agentId: AgentId,
  spec: PermissionSpec,
  replaced: PermissionId | null = null,
): Promise<Problem | undefined> {
  const action = await actionWithoutRoom(c.env.DB, person, agentId, spec, replaced);
  if (action === undefined) return undefined;
  const { permissionsForAction, permissionsForActionBytes } = limits;
  return new Problem("CONFLICT", {
    detail: `The agent's active permissions for ${JSON.stringify(action)} are as many as one action can have: ${permissionsForAction}, or ${permissionsForActionBytes} bytes.`,
    hint: "Revoke some, or put several resources into one permission, separated by commas.",
  });
}

function hasEnded(): Problem {
  return new Problem("CONFLICT", { detail: "This permission has already ended." });
}

const globRule =
  "is not a glob with one safe meaning: use *, ?, [abc], {a,b}, and ** between slashes; no !, no patterns in parentheses";

/** Throws INVALID_REQUEST for a permission that would be over before it begins, or that says what nobody can mean. */
export function requireSavable(spec: PermissionSpec, now: number): void {
  const { constraints } = spec;
  const { expiresAt } = constraints;
  const isOver = expiresAt !== undefined && Date.parse(expiresAt) <= now;
  const errors = unreadableEntries(constraints).map(({ field, index }) => ({
    field: `constraints.${field}.${index}`,
    rule: globRule,
  }));
  if (isOver) errors.unshift({ field: "constraints.expiresAt", rule: "must be in the future" });
  // It would allow without asking anybody, and whoever says who may approve means that somebody has to.
  if (spec.requireDifferentApprover && !spec.requiresApproval)
    errors.unshift({ field: "requireDifferentApprover", rule: "needs requiresApproval beside it" });
  if (errors.length > 0) throw invalidRequest(errors);
}
