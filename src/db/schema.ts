import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ApprovalStatus, Intent } from "../contract/approval.ts";
import type { Event } from "../contract/event.ts";
import type {
  AgentId,
  ApprovalId,
  EventId,
  PermissionId,
  RequestId,
  TokenId,
  UserId,
} from "../contract/ids.ts";
import type { PermissionSpec } from "../contract/permission.ts";
import { accountId } from "./account-id.ts";

export * from "./people-schema.ts";
export * from "./webhook-schema.ts";

export const agents = sqliteTable(
  "agents",
  {
    id: text("id").$type<AgentId>().primaryKey(),
    accountId: accountId(),
    name: text("name").notNull(),
    description: text("description"),
    status: text("status", { enum: ["active", "disabled"] })
      .notNull()
      .default("active"),
    // Raised whenever the agent is disabled. A grant that was opened in an older epoch is void.
    epoch: integer("epoch").notNull().default(0),
    createdBy: text("created_by").$type<UserId>(),
    createdAt: integer("created_at").notNull(),
    disabledAt: integer("disabled_at"),
  },
  (table) => [index("agents_by_account").on(table.accountId, table.createdAt, table.id)],
);

export const agentKeys = sqliteTable(
  "agent_keys",
  {
    hash: text("hash").primaryKey(),
    accountId: accountId(),
    agentId: text("agent_id")
      .$type<AgentId>()
      .notNull()
      .references(() => agents.id, { onDelete: "cascade" }),
    preview: text("preview").notNull(),
    createdAt: integer("created_at").notNull(),
    // Set when a newer key took over: until then the old one still opens the agent.
    expiresAt: integer("expires_at"),
  },
  (table) => [index("agent_keys_by_agent").on(table.agentId)],
);

export const developerTokens = sqliteTable(
  "developer_tokens",
  {
    id: text("id").$type<TokenId>().primaryKey(),
    hash: text("hash").notNull().unique(),
    accountId: accountId(),
    userId: text("user_id").$type<UserId>().notNull(),
    name: text("name").notNull(),
    preview: text("preview").notNull(),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at"),
  },
  (table) => [index("developer_tokens_by_account").on(table.accountId, table.createdAt)],
);

export const passports = sqliteTable("passports", {
  agentId: text("agent_id")
    .$type<AgentId>()
    .primaryKey()
    .references(() => agents.id, { onDelete: "cascade" }),
  accountId: accountId(),
  hash: text("hash").notNull(),
  createdBy: text("created_by").$type<UserId>(),
  createdAt: integer("created_at").notNull(),
});

/** A permission never changes once made; editing one replaces it by another. */
export const permissions = sqliteTable(
  "permissions",
  {
    id: text("id").$type<PermissionId>().primaryKey(),
    accountId: accountId(),
    agentId: text("agent_id")
      .$type<AgentId>()
      .notNull()
      .references(() => agents.id, { onDelete: "cascade" }),
    status: text("status", { enum: ["active", "revoked", "replaced"] })
      .notNull()
      .default("active"),
    spec: text("spec", { mode: "json" }).$type<PermissionSpec>().notNull(),
    replacedBy: text("replaced_by").$type<PermissionId>(),
    createdBy: text("created_by").$type<UserId>(),
    createdAt: integer("created_at").notNull(),
    revokedBy: text("revoked_by").$type<UserId>(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [index("permissions_by_agent").on(table.agentId, table.createdAt)],
);

/**
 * Which permissions speak about an action, by its own name, by allowedActions or by blockedActions. What a
 * verify reads grows with the active permissions for that action, and with nothing else.
 */
export const permissionActions = sqliteTable(
  "permission_actions",
  {
    agentId: text("agent_id")
      .$type<AgentId>()
      .notNull()
      .references(() => agents.id, { onDelete: "cascade" }),
    action: text("action").notNull(),
    isActive: integer("is_active", { mode: "boolean" }).notNull(),
    createdAt: integer("created_at").notNull(),
    permissionId: text("permission_id").$type<PermissionId>().notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.agentId, table.action, table.isActive, table.createdAt, table.permissionId],
    }),
    index("permission_actions_by_permission").on(table.permissionId),
  ],
);

/** Events written in the batch of the change that they tell of, until the queue has taken them. */
export const outbox = sqliteTable(
  "outbox",
  {
    id: text("id").$type<EventId>().primaryKey(),
    event: text("event", { mode: "json" }).$type<Event>().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("outbox_by_age").on(table.createdAt)],
);

/** The gates' approvals, copied for listing. A copy is replaced only by one with a higher version. */
export const approvals = sqliteTable(
  "approvals",
  {
    id: text("id").$type<ApprovalId>().primaryKey(),
    version: integer("version").notNull(),
    accountId: accountId(),
    agentId: text("agent_id")
      .$type<AgentId>()
      .notNull()
      .references(() => agents.id, { onDelete: "cascade" }),
    permissionId: text("permission_id").$type<PermissionId>().notNull(),
    status: text("status").$type<ApprovalStatus>().notNull(),
    requestId: text("request_id").$type<RequestId>().notNull(),
    intent: text("intent", { mode: "json" }).$type<Intent>().notNull(),
    fingerprint: text("fingerprint").notNull(),
    requireDifferentApprover: integer("require_different_approver", { mode: "boolean" }).notNull(),
    epoch: integer("epoch").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at").notNull(),
    decidedAt: integer("decided_at"),
    decidedBy: text("decided_by").$type<UserId>(),
    comment: text("comment"),
    grantExpiresAt: integer("grant_expires_at"),
    usedAt: integer("used_at"),
    usedByRequestId: text("used_by_request_id").$type<RequestId>(),
  },
  (table) => [
    index("approvals_by_account").on(table.accountId, table.createdAt, table.id),
    index("approvals_by_agent").on(table.agentId, table.createdAt, table.id),
    index("approvals_by_status").on(table.accountId, table.status, table.createdAt, table.id),
    // The sweep that voids what a lost message left open looks at open approvals only.
    index("approvals_open")
      .on(table.agentId, table.permissionId)
      .where(sql`status in ('pending', 'approved')`),
  ],
);

const fromEntry = (path: string) => sql.raw(`json_extract(entry, '$.${path}')`);

/**
 * The ledgers' entries, copied for filtering. Whatever is filtered or shown is computed from the entry that
 * was hashed, so a column cannot say anything else than the ledger does.
 */
export const decisions = sqliteTable(
  "decisions",
  {
    agentId: text("agent_id")
      .$type<AgentId>()
      .notNull()
      .references(() => agents.id, { onDelete: "cascade" }),
    seq: integer("seq").notNull(),
    accountId: accountId(),
    requestId: text("request_id").$type<RequestId>().notNull(),
    createdAt: integer("created_at").notNull(),
    hash: text("hash").notNull(),
    entry: text("entry").notNull(),
    decision: text("decision").generatedAlwaysAs(fromEntry("decision"), { mode: "virtual" }),
    action: text("action").generatedAlwaysAs(fromEntry("action"), { mode: "virtual" }),
    vendor: text("vendor").generatedAlwaysAs(fromEntry("vendor"), { mode: "virtual" }),
    environment: text("environment").generatedAlwaysAs(fromEntry("environment"), {
      mode: "virtual",
    }),
    risk: text("risk").generatedAlwaysAs(fromEntry("risk"), { mode: "virtual" }),
    approvalId: text("approval_id").generatedAlwaysAs(fromEntry("approvalId"), { mode: "virtual" }),
  },
  (table) => [
    primaryKey({ columns: [table.agentId, table.seq] }),
    // One order everywhere: newest first, and within a millisecond as the ledger numbered them.
    index("decisions_by_kind").on(table.accountId, table.decision, table.createdAt, table.seq, table.agentId),
    index("decisions_by_agent").on(table.agentId, table.createdAt, table.seq),
    index("decisions_by_approval")
      .on(table.approvalId)
      .where(sql`approval_id is not null`),
    index("decisions_by_request").on(table.requestId),
  ],
);
