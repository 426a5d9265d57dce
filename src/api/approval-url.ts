import type { ApprovalId } from "../contract/ids.ts";

/** Where a person decides this request. */
export function approvalUrl(env: Env, approvalId: ApprovalId): string {
  return `${env.PUBLIC_URL}/dashboard/approvals?approvalId=${approvalId}`;
}
