import { and, eq, gt, or, sql } from "drizzle-orm";
import type { AccountId, AgentId, ApprovalId, PermissionId } from "../contract/ids.ts";
import { branches } from "./approvals.ts";
import { database } from "./database.ts";
import { agents, approvals, permissions } from "./schema.ts";

/** A gate, and the standing of its permission and its agent in the record of truth. */
export type GateNews = {
  agentId: AgentId;
  permissionId: PermissionId;
  permissionEnded: boolean;
  epoch: number;
};

/**
 * Gates with an approval that is still open although its permission has ended, or its agent was disabled since.
 * In the order of their names; `after` is the last one of the page before. What time has ended is left out: it
 * can no longer be spent, and a gate that no longer tells would be asked about it for ever.
 */
export async function openApprovalsToEnd(
  d1: D1Database,
  {
    agentId,
    limit,
    after,
    now,
  }: {
    agentId?: AgentId | undefined;
    limit: number;
    after?: GateNews | undefined;
    now: number;
  },
): Promise<GateNews[]> {
  const rows = await gateNews(d1)
    .where(
      and(
        // Spelled out for the partial index, which holds open approvals only.
        sql`${approvals.status} IN ('pending', 'approved')`,
        agentId && eq(approvals.agentId, agentId),
        after &&
          sql`(${approvals.agentId}, ${approvals.permissionId}) > (${after.agentId}, ${after.permissionId})`,
        or(...branches("pending", now), ...branches("approved", now)),
        or(
          sql`${permissions.status} IS NOT 'active'`,
          eq(agents.status, "disabled"),
          gt(agents.epoch, approvals.epoch),
        ),
      ),
    )
    .groupBy(approvals.agentId, approvals.permissionId)
    .orderBy(approvals.agentId, approvals.permissionId)
    .limit(limit);
  return rows.map(newsOf);
}

/** Where a person's verdict on an approval of the account goes, and what that gate may not have heard yet. */
export async function gateOfApproval(
  d1: D1Database,
  accountId: AccountId,
  approvalId: ApprovalId,
): Promise<GateNews | undefined> {
  const [row] = await gateNews(d1).where(
    and(eq(approvals.accountId, accountId), eq(approvals.id, approvalId)),
  );
  return row && newsOf(row);
}

type NewsRow = Omit<GateNews, "permissionEnded"> & {
  permissionStatus: "active" | "revoked" | "replaced" | null;
};

function gateNews(d1: D1Database) {
  return database(d1)
    .select({
      agentId: approvals.agentId,
      permissionId: approvals.permissionId,
      permissionStatus: permissions.status,
      epoch: agents.epoch,
    })
    .from(approvals)
    .innerJoin(agents, eq(agents.id, approvals.agentId))
    .leftJoin(permissions, eq(permissions.id, approvals.permissionId))
    .$dynamic();
}

// A permission that is not there grants nothing.
function newsOf({ permissionStatus, ...gate }: NewsRow): GateNews {
  return { ...gate, permissionEnded: permissionStatus !== "active" };
}
