import type { Intent } from "../contract/approval.ts";
import type { AgentId, PermissionId } from "../contract/ids.ts";
import type { ActionRequest } from "../contract/verify.ts";
import { digestOf } from "./canonical-json.ts";

// Raised when the fields of an intent or their meaning change, so that no old approval fits a new intent.
const version = 1;

/**
 * What an approval of this request would be bound to. Every value is taken to the byte as it came: what a
 * person approves is what runs. Where the target is a command or a file, the folder it runs in is bound too.
 */
export function intentOf(agentId: AgentId, permissionId: PermissionId, request: ActionRequest): Intent {
  const { command, filePath } = request.policyContext?.toolInput ?? {};
  const hasTarget = command !== undefined || filePath !== undefined;
  return {
    agentId,
    permissionId,
    action: request.action,
    resource: request.resource,
    amount: request.amount,
    arguments: request.arguments,
    environment: textOf(request.metadata?.["environment"]),
    branch: textOf(request.metadata?.["branch"]),
    repository: textOf(request.metadata?.["repository"]),
    command,
    filePath,
    cwd: hasTarget ? request.policyContext?.cwd : undefined,
  };
}

/**
 * The identity of an intent: SHA-256 in hex over the RFC 8785 canonical JSON of its fields and a version. A
 * field that is undefined counts as missing; empty, null and missing are three things.
 *
 * Two numbers that JSON reads as the same double are the same (so -0 is 0, RFC 8785 §3.2.2.3).
 */
export function fingerprint(intent: Intent): Promise<string> {
  return digestOf({ v: version, ...intent });
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
