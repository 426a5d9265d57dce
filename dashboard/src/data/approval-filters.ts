// Apart from the queries, whose schemas the pages that anyone may read have no use for.

/** What a person can look for. Void ones are among all. */
export const approvalFilters = ["pending", "approved", "denied", "used", "expired", "all"] as const;
export type ApprovalFilter = (typeof approvalFilters)[number];

/** What the address of the Approvals page says. */
export type ApprovalsSearch = { status?: ApprovalFilter; approvalId?: string; q?: string };
