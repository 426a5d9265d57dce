import type { Command } from "./command.ts";
import { agentsCreateCommand } from "./commands/agents/create.ts";
import { agentsListCommand } from "./commands/agents/list.ts";
import { agentsRotateKeyCommand } from "./commands/agents/rotate-key.ts";
import { agentsShowCommand } from "./commands/agents/show.ts";
import { agentsDisableCommand, agentsEnableCommand } from "./commands/agents/switch.ts";
import { approvalsApproveCommand } from "./commands/approvals/approve.ts";
import { approvalsDenyCommand } from "./commands/approvals/deny.ts";
import { approvalsListCommand } from "./commands/approvals/list.ts";
import { approvalsShowCommand } from "./commands/approvals/show.ts";
import { approvalsWaitCommand } from "./commands/approvals/wait.ts";
import { approvalsWatchCommand } from "./commands/approvals/watch.ts";
import { claudeCommand } from "./commands/claude.ts";
import { codexCommand } from "./commands/codex.ts";
import { completionCommand } from "./commands/completion.ts";
import { configClearCommand } from "./commands/config/clear.ts";
import { configGetCommand } from "./commands/config/get.ts";
import { configListCommand } from "./commands/config/list.ts";
import { configSetCommand } from "./commands/config/set.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { explainCommand } from "./commands/explain.ts";
import { hookCommand } from "./commands/hook.ts";
import { ledgerVerifyCommand } from "./commands/ledger/verify.ts";
import { loginCommand } from "./commands/login.ts";
import { logoutCommand } from "./commands/logout.ts";
import { logsCommand } from "./commands/logs.ts";
import { mcpInitCommand } from "./commands/mcp/init.ts";
import { mcpRemoveCommand } from "./commands/mcp/remove.ts";
import { mcpStartCommand } from "./commands/mcp/start.ts";
import { mcpWrapCommand } from "./commands/mcp/wrap.ts";
import { passportCreateCommand } from "./commands/passport/create.ts";
import { passportRevokeCommand } from "./commands/passport/revoke.ts";
import { permissionsCreateCommand } from "./commands/permissions/create.ts";
import { permissionsListCommand } from "./commands/permissions/list.ts";
import { permissionsReplaceCommand } from "./commands/permissions/replace.ts";
import { permissionsRevokeCommand } from "./commands/permissions/revoke.ts";
import { permissionsShowCommand } from "./commands/permissions/show.ts";
import { policyTestCommand } from "./commands/policy/test.ts";
import { runCommand } from "./commands/run.ts";
import { verifyCommand } from "./commands/verify.ts";
import { webhooksCreateCommand } from "./commands/webhooks/create.ts";
import { webhooksDeleteCommand } from "./commands/webhooks/delete.ts";
import { webhooksDeliveriesCommand } from "./commands/webhooks/deliveries.ts";
import { webhooksListCommand } from "./commands/webhooks/list.ts";
import { webhooksListenCommand } from "./commands/webhooks/listen.ts";
import { webhooksReplayCommand } from "./commands/webhooks/replay.ts";
import { webhooksRotateSecretCommand } from "./commands/webhooks/rotate-secret.ts";
import { webhooksDisableCommand, webhooksEnableCommand } from "./commands/webhooks/switch.ts";
import { webhooksTestCommand } from "./commands/webhooks/test.ts";
import { whoamiCommand } from "./commands/whoami.ts";

/** What each noun is about, for those that have verbs. */
export const nouns: Readonly<Record<string, string>> = {
  config: "what this machine keeps: the agent, its key, the address",
  agents: "agents and their keys",
  permissions: "what agents may do",
  approvals: "what a person has to decide",
  ledger: "the chain of what was decided",
  webhooks: "where events are sent",
  passport: "links that show what an agent may do",
  mcp: "the tools by which an agent asks, for programs that speak MCP",
  policy: "decisions as data",
};

/** Every command, in the order of help. */
export const commands: readonly Command[] = [
  loginCommand,
  logoutCommand,
  whoamiCommand,
  configSetCommand,
  configGetCommand,
  configListCommand,
  configClearCommand,
  agentsCreateCommand,
  agentsListCommand,
  agentsShowCommand,
  agentsEnableCommand,
  agentsDisableCommand,
  agentsRotateKeyCommand,
  permissionsCreateCommand,
  permissionsListCommand,
  permissionsShowCommand,
  permissionsReplaceCommand,
  permissionsRevokeCommand,
  verifyCommand,
  explainCommand,
  runCommand,
  approvalsListCommand,
  approvalsShowCommand,
  approvalsApproveCommand,
  approvalsDenyCommand,
  approvalsWaitCommand,
  approvalsWatchCommand,
  logsCommand,
  ledgerVerifyCommand,
  webhooksCreateCommand,
  webhooksListCommand,
  webhooksTestCommand,
  webhooksDeliveriesCommand,
  webhooksReplayCommand,
  webhooksListenCommand,
  webhooksRotateSecretCommand,
  webhooksEnableCommand,
  webhooksDisableCommand,
  webhooksDeleteCommand,
  passportCreateCommand,
  passportRevokeCommand,
  mcpInitCommand,
  mcpStartCommand,
  mcpWrapCommand,
  mcpRemoveCommand,
  hookCommand,
  claudeCommand,
  codexCommand,
  policyTestCommand,
  doctorCommand,
  completionCommand(() => ({ commands, nouns })),
];
