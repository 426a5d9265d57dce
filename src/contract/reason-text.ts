// Fixed by the wire contract as the codes themselves, which clients compare.
const bareCodes: ReadonlyMap<string, string> = new Map([
  ["path_not_permitted", "The path is missing, or is not one that the permission allows."],
  ["command_blocked", "The command is missing, or holds a text that the permission denies."],
]);

/** Why it was decided so, as a sentence for people. On the wire a reason stays as it is. */
export function reasonText(reason: string): string {
  return bareCodes.get(reason) ?? reason;
}
