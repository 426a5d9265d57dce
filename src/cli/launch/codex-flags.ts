import { notHeld } from "./client.ts";

// With a value in the next argument.
const valued = new Set(
  `-c --config --enable --disable --remote --remote-auth-token-env -i --image -m --model --local-provider -p --profile
   -s --sandbox -C --cd --add-dir -a --ask-for-approval`.split(/\s+/),
);
const configuring = new Set(["-c", "--config", "--enable", "--disable"]);
// These work in a process or a place that was started without us.
const elsewhere = ["--remote"];
const elsewhereCommands = ["agents", "app-server", "cloud", "exec-server", "queue", "remote-control"];

/**
 * The flags of a command line of Codex that change the configuration of its session. Throws `UserError` where they
 * would keep hooks from running.
 */
export function configuringFlags(given: readonly string[]): string[] {
  const end = given.indexOf("--");
  const before = end === -1 ? given : given.slice(0, end);
  const found: string[] = [];
  let command: string | undefined;
  for (let at = 0; at < before.length; at++) {
    const word = before[at] ?? "";
    if (!word.startsWith("-")) {
      command ??= word;
      continue;
    }
    const words = valued.has(word) ? before.slice(at, ++at + 1) : [word];
    if (elsewhere.some((option) => word === option || word.startsWith(`${option}=`))) throw outOfReach(word);
    // A value may also stand in the same word: --config=…, -c=… and -c….
    if (!configuring.has(word) && !/^(--config=|--enable=|--disable=|-c.)/.test(word)) continue;
    const typed = words.join(" ");
    if (!word.startsWith("--enable") && /hooks/i.test(typed))
      throw notHeld(
        "Codex",
        `${typed} would change which hooks run.`,
        "Leave it out; hooks of your own belong into a hooks.json.",
      );
    if (/unified_exec/i.test(typed))
      throw notHeld(
        "Codex",
        `${typed} would let it type into a program that was allowed, which asks no hook.`,
        "Leave it out.",
      );
    found.push(...words);
  }
  const remote = elsewhereCommands.find((each) => each === command);
  if (remote !== undefined) throw outOfReach(remote);
  return found;
}

function outOfReach(word: string) {
  return notHeld("Codex", `${word} works in a session that this hook does not reach.`, `Leave out ${word}.`);
}
