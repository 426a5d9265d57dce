// These two are bare codes on the wire, where clients compare them.
const words: Readonly<Record<string, string>> = {
  path_not_permitted: "The path is missing, or is not one that the permission allows.",
  command_blocked: "The command is missing, or holds a text that the permission denies.",
};

/** Why it was decided so, as a sentence. */
export function reasonText(reason: string): string {
  return words[reason] ?? reason;
}
