import { approvalPage } from "../contract/approval-page.ts";
import type { ApprovalId } from "../contract/ids.ts";

/** Where a person decides this request. */
export function approvalUrl(env: Env, approvalId: ApprovalId): string {
  return approvalPage(env.PUBLIC_URL, approvalId);
}
