import { and, desc, eq, gt, inArray, lte, type SQL, sql } from "drizzle-orm";
import type * as z from "zod";
import type { AgentApproval, Approval, approvalFilterSchema, ApprovalStatus } from "../contract/approval.ts";
import type { AccountId, AgentId, ApprovalId } from "../contract/ids.ts";
import { rfc3339 } from "../contract/moment.ts";
import { reasons } from "../contract/reasons.ts";
import { redact } from "../crypto/redact.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";
import { database } from "./database.ts";
import { agents, approvals, users } from "./schema.ts";

type ApprovalRow = typeof approvals.$inferSelect;

/** An approval as its gate hands it over to be listed. Times are epoch milliseconds. */
export type ApprovalCopy = Omit<ApprovalRow, "id"> & { approvalId: ApprovalId };

/** What a list of approvals can be asked for. */
export type ApprovalFilter = z.infer<typeof approvalFilterSchema>;

const copyStatement = `
  INSERT INTO approvals (id, version, account_id, agent_id, permission_id, status, request_id, intent, fingerprint,
    require_different_approver, epoch, created_at, expires_at, decided_at, decided_by, comment, grant_expires_at,
    used_at, used_by_request_id)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19
  WHERE EXISTS (SELECT 1 FROM agents WHERE id = ?4 AND account_id = ?3)
  ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status,
    decided_at = excluded.decided_at, decided_by = excluded.decided_by, comment = excluded.comment,
    grant_expires_at = excluded.grant_expires_at, used_at = excluded.used_at,
    used_by_request_id = excluded.used_by_request_id
  WHERE excluded.version > approvals.version`;

/**
 * Takes copies from a gate. An older one never replaces a newer one, so they may come late, repeated and in any
 * order. Where the agent is gone there is nobody to list them for, and they are passed over: refusing them would
 * hold up everything behind them for ever. Says until when the feed of the (first) account is watched.
 */
export async function copyApprovals(
  d1: D1Database,
  copies: readonly ApprovalCopy[],
): Promise<{ watchedUntil: number }> {
  const statement = d1.prepare(copyStatement);
  const watched = d1.prepare("SELECT watched_until AS watchedUntil FROM accounts WHERE id = ?1");
  const results = await d1.batch<{ watchedUntil: number }>([
    watched.bind(copies[0]?.accountId ?? null),
    ...copies.map((copy) =>
      statement.bind(
        copy.approvalId,
        copy.version,
        copy.accountId,
        copy.agentId,
        copy.permissionId,
        copy.status,
        copy.requestId,
        JSON.stringify(copy.intent),
        copy.fingerprint,
        copy.requireDifferentApprover ? 1 : 0,
        copy.epoch,
        copy.createdAt,
        copy.expiresAt,
        copy.decidedAt,
        copy.decidedBy,
        copy.comment,
        copy.grantExpiresAt,
        copy.usedAt,
        copy.usedByRequestId,
      ),
    ),
  ]);
  return { watchedUntil: results[0]?.results[0]?.watchedUntil ?? 0 };
}

/**
 * An approval as the agent that asked may see it: from the gate, or from its copy. Nobody decides by this view, so a
 * credential that strayed into it is taken out.
 */
export function agentApproval(
  approval: Omit<ApprovalCopy, "accountId" | "agentId" | "permissionId">,
  approvalUrl: string,
): AgentApproval {
  const { approvalId, status, requestId, intent, comment } = approval;
  return {
    approvalId,
    status,
    requestId,
    permissionId: intent.permissionId,
    action: redact(intent.action),
    vendor: intent.resource === undefined ? null : redact(intent.resource),
    amount: intent.amount ?? null,
    createdAt: rfc3339(approval.createdAt),
    expiresAt: rfc3339(approval.expiresAt),
    decidedAt: rfc3339OrNull(approval.decidedAt),
    grantExpiresAt: rfc3339OrNull(approval.grantExpiresAt),
    usedAt: rfc3339OrNull(approval.usedAt),
    comment,
    approvalUrl,
  };
}

/** The copy of an approval that this agent asked for. Its permission names the gate that knows better. */
export async function approvalOfAgent(
  d1: D1Database,
  agentId: AgentId,
  approvalId: ApprovalId,
  now: number,
): Promise<ApprovalCopy | undefined> {
  const [row] = await database(d1)
    .select()
    .from(approvals)
    .where(and(eq(approvals.agentId, agentId), eq(approvals.id, approvalId)));
  if (row === undefined) return undefined;
  const { id, ...copy } = row;
  return { ...copy, approvalId: id, status: statusAt(row, now) };
}

/** An approval of the account, as its people see it. */
export async function approvalOfAccount(
  d1: D1Database,
  accountId: AccountId,
  approvalId: ApprovalId,
  now: number,
): Promise<Approval | undefined> {
  const [row] = await listing(d1).where(
    and(eq(approvals.accountId, accountId), eq(approvals.id, approvalId)),
  );
  return row && approvalFacts(row, now);
}

/** Some approvals of the account, in no order; at most 90. */
export async function approvalsById(
  d1: D1Database,
  accountId: AccountId,
  ids: readonly ApprovalId[],
  now: number,
): Promise<Approval[]> {
  const rows = await listing(d1).where(
    and(eq(approvals.accountId, accountId), inArray(approvals.id, [...ids])),
  );
  return rows.map((row) => approvalFacts(row, now));
}

/** A page of the account's approvals, newest first. */
export async function approvalsOfAccount(
  d1: D1Database,
  accountId: AccountId,
  {
    status,
    agentId,
    limit,
    cursor,
    now,
  }: {
    status: ApprovalFilter;
    agentId?: AgentId | undefined;
    /** At most 100. */
    limit: number;
    cursor?: string | undefined;
    now: number;
  },
): Promise<{ approvals: Approval[]; nextCursor: string | null }> {
  const after: Cursor | undefined = cursor === undefined ? undefined : readCursor(cursor);
  const ofAccount = and(
    eq(approvals.accountId, accountId),
    agentId && eq(approvals.agentId, agentId),
    after && sql`(${approvals.createdAt}, ${approvals.id}) < (${after.at}, ${after.id})`,
  );
  const [first, ...rest] = branches(status, now).map((branch) =>
    listing(d1)
      .where(and(ofAccount, branch))
      .orderBy(desc(approvals.createdAt), desc(approvals.id))
      .limit(limit + 1),
  );
  if (first === undefined) return { approvals: [], nextCursor: null };
  const found = (await database(d1).batch([first, ...rest])).flat().toSorted(newestFirst);
  const page = found.slice(0, limit);
  const last = page.at(-1)?.approval;
  return {
    approvals: page.map((row) => approvalFacts(row, now)),
    nextCursor: found.length > limit && last ? writeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

function listing(d1: D1Database) {
  return database(d1)
    .select({
      approval: approvals,
      // In a batch rows come by column name, and two columns called "name" would be one.
      agentName: sql<string>`${agents.name}`.as("agent_name"),
      // Whoever gave no name has an empty one there, and none on the wire.
      decidedByName: sql<string | null>`nullif(${users.name}, '')`.as("decided_by_name"),
    })
    .from(approvals)
    .innerJoin(agents, eq(agents.id, approvals.agentId))
    .leftJoin(users, eq(users.id, approvals.decidedBy))
    .$dynamic();
}

type ListedRow = { approval: ApprovalRow; agentName: string; decidedByName: string | null };

function newestFirst({ approval: a }: ListedRow, { approval: b }: ListedRow): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.id < b.id ? 1 : -1;
}

/**
 * The conditions of a filter. A copy learns late that time has passed. Each branch is read along an index of its own
 * and in order; one condition for all of "expired" would read and sort every open approval of the account.
 */
export function branches(filter: ApprovalFilter, now: number): (SQL | undefined)[] {
  const { status, expiresAt, grantExpiresAt } = approvals;
  switch (filter) {
    case "all":
      return [undefined];
    case "pending":
      return [and(eq(status, "pending"), gt(expiresAt, now))];
    case "approved":
      return [and(eq(status, "approved"), gt(grantExpiresAt, now))];
    case "expired":
      return [
        eq(status, "expired"),
        and(eq(status, "pending"), lte(expiresAt, now)),
        and(eq(status, "approved"), lte(grantExpiresAt, now)),
      ];
    case "denied":
    case "used":
    case "void":
      return [eq(status, filter)];
  }
}

function statusAt({ status, expiresAt, grantExpiresAt }: ApprovalRow, now: number): ApprovalStatus {
  if (status === "pending" && expiresAt <= now) return "expired";
  if (status === "approved" && (grantExpiresAt ?? 0) <= now) return "expired";
  return status;
}

// To the byte what the approval is bound to, even where it holds a credential. What is taken for one can be chosen by
// the agent: `behalfid_developer=$(…)` is a command, and an approver who is shown `[redacted]` would allow it unseen.
function approvalFacts({ approval, agentName, decidedByName }: ListedRow, now: number): Approval {
  const { intent } = approval;
  return {
    approvalId: approval.id,
    status: statusAt(approval, now),
    version: approval.version,
    agentId: approval.agentId,
    agentName,
    permissionId: approval.permissionId,
    requestId: approval.requestId,
    action: intent.action,
    resource: intent.resource ?? null,
    vendor: intent.resource ?? null,
    amount: intent.amount ?? null,
    arguments: intent.arguments ?? null,
    environment: intent.environment ?? null,
    branch: intent.branch ?? null,
    repository: intent.repository ?? null,
    command: intent.command ?? null,
    filePath: intent.filePath ?? null,
    cwd: intent.cwd ?? null,
    fingerprint: approval.fingerprint,
    risk: reasons.requires_approval.risk,
    requireDifferentApprover: approval.requireDifferentApprover,
    createdAt: rfc3339(approval.createdAt),
    expiresAt: rfc3339(approval.expiresAt),
    decidedAt: rfc3339OrNull(approval.decidedAt),
    decidedBy: approval.decidedBy,
    decidedByName,
    comment: approval.comment,
    grantExpiresAt: rfc3339OrNull(approval.grantExpiresAt),
    usedAt: rfc3339OrNull(approval.usedAt),
    usedByRequestId: approval.usedByRequestId,
  };
}

function rfc3339OrNull(ms: number | null): string | null {
  return ms === null ? null : rfc3339(ms);
}
