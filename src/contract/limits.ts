/** Limits on what a caller may send, in bytes of JSON or in characters. */
export const limits = {
  bodyBytes: 64 * 1024,
  argumentsBytes: 16 * 1024,
  metadataBytes: 2 * 1024,
  policyContextBytes: 16 * 1024,
  actionCharacters: 256,
  resourceCharacters: 1024,
  idempotencyKeyCharacters: 128,
  descriptionCharacters: 2000,
  scopeCharacters: 500,
  templateCharacters: 128,
  patternCharacters: 512,
  permissionEntries: 200,
  /** Of one agent for one action, active at once: how many, and all of their text together. */
  permissionsForAction: 1000,
  permissionsForActionBytes: 1_000_000,
} as const;
