export type CallOptions = { signal?: AbortSignal | undefined };

/** Which page of a list. `cursor` is the `nextCursor` of the page before. */
export type PageQuery = { limit?: number | undefined; cursor?: string | undefined };
