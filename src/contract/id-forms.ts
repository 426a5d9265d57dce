/** What a public id starts with, by the kind of thing that it names. */
export const idPrefixes = {
  account: "acct",
  agent: "agent",
  permission: "perm",
  request: "req",
  approval: "apr",
  event: "evt",
  webhook: "wh",
  delivery: "dlv",
  user: "user",
  token: "tok",
  session: "ses",
  invitation: "inv",
} as const;

export type IdKind = keyof typeof idPrefixes;
export type Id<Kind extends IdKind> = `${(typeof idPrefixes)[Kind]}_${string}`;

/** What every id of this kind looks like. */
export function idForm(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}_[A-Za-z0-9_-]{1,128}$`);
}
