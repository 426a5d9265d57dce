/** The page of the site where a person decides this request. */
export function approvalPage(site: string, approvalId: string): string {
  return `${site}/dashboard/approvals?approvalId=${approvalId}`;
}
