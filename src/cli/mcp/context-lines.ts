import type { Agent } from "../../contract/agent.ts";
import type { Permission } from "../../contract/permission.ts";
import { isInForce } from "../../contract/permission-standing.ts";
import { redact } from "../../crypto/redact.ts";
import { mcpServerName } from "../../mcp/server-name.ts";
import { visibleLine } from "../output/visible.ts";
import { permissionFacts } from "../views/permission-facts.ts";

// Said in the permission's first line, or different each time it is read.
const saidElsewhere = new Set(["action", "resource", "approval", "expires", "made", "replaced by"]);

/** What an agent has to know: who it is, how it asks, what it may ask for. The same facts give the same lines. */
export function contextLines(
  agent: Agent,
  permissions: readonly Permission[],
  approvalsUrl: string,
  now: number,
): string[] {
  const inForce = permissions.filter((each) => isInForce(each, now));
  return [
    "# BehalfID: ask before you act",
    "",
    `You are the agent ${shown(agent.name)} (${shown(agent.agentId)}). Before you act, ask with the tool \`verify_action\` of the MCP`,
    `server \`${mcpServerName}\`. Act only when it returns \`allowed: true\`.`,
    "",
    "## The approval protocol",
    "",
    "1. Before each action call `verify_action` with the action, the vendor, the amount and the arguments that it will run with.",
    "2. `allowed: true`: execute it once, exactly as asked. Another time needs another call.",
    "3. `approvalRequired: true`: do not execute it. Tell the user the approval id and where to approve it:",
    `   ${shown(approvalsUrl)}`,
    "   After the user confirms, or `wait_for_approval` says that it is approved, call `verify_action` again with the same",
    "   arguments. Proceed only if it then returns `allowed: true`.",
    "4. Anything else, such as a denial, an error, no answer or no such tool: do not execute it. Tell the user why, and do not",
    "   look for another way to do it.",
    "",
    "## What you may ask for",
    "",
    "A copy, and no permission by itself: what counts is what `verify_action` answers. `get_permissions` shows it as it is now.",
    "",
    ...(inForce.length === 0 ? ["Nothing. Every action is denied until your owner adds a permission."] : []),
    ...inForce.flatMap((each) => permissionLines(each, now)),
  ];
}

function permissionLines(permission: Permission, now: number): string[] {
  const { action, resource, requiresApproval, constraints } = permission;
  const target = resource === undefined ? "" : ` on ${shown(resource)}`;
  const rule = requiresApproval ? "after a person has approved it, each time" : "without approval";
  const facts = permissionFacts(permission, now).flatMap(([label, value]) => {
    if (value === undefined || saidElsewhere.has(label)) return [];
    return [`  - ${label}: ${(typeof value === "string" ? [value] : value).map(plain).join(", ")}`];
  });
  const expiry = constraints.expiresAt === undefined ? [] : [`  - until: ${constraints.expiresAt}`];
  return [`- ${shown(action)}${target}: ${rule}`, ...facts, ...expiry];
}

function shown(text: string): string {
  return `"${plain(visibleLine(text))}"`;
}

// No mark of ours and no markup can come out of a name, and no key that someone wrote into a description.
function plain(text: string): string {
  return redact(text).replaceAll("<", "\\u{3C}").replaceAll("`", "\\u{60}");
}
