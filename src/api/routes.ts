import type { Route } from "./operation.ts";
import { createAgentRoute } from "./routes/agents/create-agent.ts";
import { readAgentRoute } from "./routes/agents/read-agent.ts";
import { rotateOwnKeyRoute } from "./routes/agents/rotate-own-key.ts";
import { listApprovalsRoute, showApprovalRoute } from "./routes/approvals/list-approvals.ts";
import { readApprovalRoute } from "./routes/approvals/read-approval.ts";
import { approveRoute, denyRoute } from "./routes/approvals/review-approval.ts";
import {
  createAgentPermissionRoute,
  replaceAgentPermissionRoute,
  revokeAgentPermissionRoute,
} from "./routes/dashboard-agents/agent-permissions.ts";
import { explainDraftRoute } from "./routes/dashboard-agents/explain-draft.ts";
import { createDashboardAgentRoute } from "./routes/dashboard-agents/create-dashboard-agent.ts";
import { editAgentRoute } from "./routes/dashboard-agents/edit-agent.ts";
import { listAgentsRoute } from "./routes/dashboard-agents/list-agents.ts";
import { readDashboardAgentRoute } from "./routes/dashboard-agents/read-dashboard-agent.ts";
import { rotateAgentKeyRoute } from "./routes/dashboard-agents/rotate-agent-key.ts";
import { disableAgentRoute, enableAgentRoute } from "./routes/dashboard-agents/switch-agent.ts";
import { liveRoute } from "./routes/dashboard/live.ts";
import { mailOutboxRoute } from "./routes/dashboard/mail-outbox.ts";
import { summaryRoute } from "./routes/dashboard/summary.ts";
import { agentLogsRoute } from "./routes/logs/agent-logs.ts";
import { dashboardLogsRoute } from "./routes/logs/dashboard-logs.ts";
import { logSeriesRoute } from "./routes/logs/log-series.ts";
import { verifyLedgerRoute } from "./routes/logs/verify-ledger.ts";
import { issuePassportRoute, revokePassportRoute } from "./routes/passport/manage-passport.ts";
import { previewPassportRoute, readPassportRoute } from "./routes/passport/passport.ts";
import { peopleRoutes } from "./routes/people-routes.ts";
import { createPermissionRoute } from "./routes/permissions/create-permission.ts";
import { revokePermissionRoute } from "./routes/permissions/revoke-permission.ts";
import { docsRoute } from "./routes/system/docs.ts";
import { healthRoute } from "./routes/system/health.ts";
import { openApiRoute } from "./routes/system/openapi.ts";
import { explainRoute } from "./routes/verify/explain.ts";
import { verifyRoute } from "./routes/verify/verify.ts";
import { webhookRoutes } from "./routes/webhook-routes.ts";

/** Everything that the API serves, in the order of its documentation. */
export const routes: readonly Route[] = [
  verifyRoute,
  explainRoute,
  readApprovalRoute,
  listApprovalsRoute,
  showApprovalRoute,
  approveRoute,
  denyRoute,
  agentLogsRoute,
  dashboardLogsRoute,
  logSeriesRoute,
  verifyLedgerRoute,
  readAgentRoute,
  rotateOwnKeyRoute,
  createAgentRoute,
  listAgentsRoute,
  createDashboardAgentRoute,
  readDashboardAgentRoute,
  editAgentRoute,
  enableAgentRoute,
  disableAgentRoute,
  rotateAgentKeyRoute,
  explainDraftRoute,
  createPermissionRoute,
  revokePermissionRoute,
  createAgentPermissionRoute,
  replaceAgentPermissionRoute,
  revokeAgentPermissionRoute,
  issuePassportRoute,
  revokePassportRoute,
  readPassportRoute,
  previewPassportRoute,
  ...webhookRoutes,
  summaryRoute,
  liveRoute,
  ...peopleRoutes,
  mailOutboxRoute,
  healthRoute,
  openApiRoute,
  docsRoute,
];
