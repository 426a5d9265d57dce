// Apart from the queries, whose schemas the pages that anyone may read have no use for.
export const meKey = ["me"] as const;
export const summaryKey = ["summary"] as const;
