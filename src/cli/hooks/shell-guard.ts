import { basename, posix } from "node:path";
import { fold } from "../../decision/fold.ts";
import { isOffLimits, protectedNames, type Places } from "./protected-paths.ts";
import { looseWords, simpleCommand, unquoted } from "./shell-words.ts";

const maxWords = 2000;

// Programs that write nothing and start nothing, whatever options they are given.
const readers = new Set(
  "cat ls head tail wc stat grep egrep fgrep diff cmp echo pwd which basename dirname realpath readlink du".split(
    " ",
  ),
);
const searchers = new Set(["grep", "egrep", "fgrep", "diff"]);
// What may stand before the program that a command starts.
const wrappers = new Set(
  "env sudo doas nohup time timeout exec command builtin eval nice setsid stdbuf xargs npx bunx pnpx bun pnpm yarn npm dlx run then else do if while until bash sh zsh dash fish ksh start".split(
    " ",
  ),
);
const agents = new Set(["claude", "codex", "cursor-agent", "@anthropic-ai/claude-code", "@openai/codex"]);

// What only people do with this program, by its noun.
const reserved: Record<string, readonly string[]> = {
  config: ["set", "clear"],
  approvals: ["approve", "deny", "watch"],
  permissions: ["create", "replace", "revoke"],
  agents: ["create", "enable", "disable", "rotate-key"],
  webhooks: ["create", "delete", "enable", "disable", "rotate-secret", "replay"],
  passport: ["create", "revoke"],
  mcp: ["init", "remove"],
};

const mention = new RegExp(
  [
    // Also of a name that something was put before, such as `$x.claude`.
    String.raw`(?<![A-Z0-9_])\.(?:CLAUDE|CODEX|CURSOR|BEHALF(?:-STATE)?|MCP\.JSON)(?![A-Z0-9_-])`,
    "CLAUDE_CONFIG_DIR|CODEX_HOME|BEHALFID_|BEHALF_STATE_DIR|DISABLEALLHOOKS|MANAGED-SETTINGS",
    "ETC/(?:CLAUDE-CODE|CODEX|CURSOR)|APPLICATION SUPPORT/(?:CLAUDECODE|CURSOR)|NODE_MODULES/BEHALF(?![A-Z0-9_-])",
  ].join("|"),
);
const peoplesOwn = /\/API\/DASHBOARD\/|BHF_DEV_|BEHALFID_DEVELOPER/;
const keychains = /SECRET-TOOL|GENERIC-PASSWORD|KWALLET|KEYRING|CMDKEY/;

/**
 * Why a shell command is refused whatever the permissions say, or undefined. What names the settings of an agent or of
 * BehalfID is refused unless it is certain that it only reads, and so is what manages BehalfID, reads its secrets or starts
 * an agent that no hook of ours would see. It is a tripwire: a shell can hide any of this from whoever only reads the line.
 */
export function refusedCommand(command: string, places: Places): string | undefined {
  const words = simpleCommand(command, process.platform !== "win32");
  const text = unquoted(command, places.home);
  const loose = looseWords(text);
  if (loose.length > maxWords) return "The command has more words than can be looked at.";
  const folded = [fold(command), fold(text)];

  if (
    [command, text].some(isPeoplesOwn) ||
    folded.some((each) => keychains.test(each) && each.includes("BEHALFID"))
  )
    return "It uses what only people sign in with.";
  if (managesBehalf(loose)) return "Only a person may change BehalfID's settings, permissions and approvals.";
  if (startsAgent(text, words))
    return "An agent that is started like this has no hook. A person starts it: behalf claude, behalf codex.";

  const searches = searchers.has(loose[0] ?? "");
  const onlyReads = words !== undefined && readers.has(words[0] ?? "");
  const named = onlyReads ? words.slice(1).map((word) => word.replace(/^--?[\w-]+=/, "")) : loose;
  if (
    onlyReads &&
    named.some(
      (word) =>
        isOffLimits(word, places, searches ? "search" : "read") ||
        (word.startsWith("-") && mention.test(fold(word))),
    )
  )
    return "It reads where BehalfID keeps its secrets.";
  if (onlyReads) return undefined;
  const withoutWorktrees = (each: string) =>
    each.includes("..") ? each : each.replace(/\.(?:CLAUDE|CODEX|CURSOR)\/WORKTREES\/[^/\s]{1,200}/g, "");
  const isNamed =
    (searches && named.some((word) => isOffLimits(word, places, "search"))) ||
    folded.some((each) => mention.test(withoutWorktrees(each))) ||
    isOffLimits(places.cwd, places, "write") ||
    named.some(
      (word, at) => mayMatch(word) || (!(at === 0 && words !== undefined) && namesPath(word, places)),
    );
  return isNamed ? "It names settings of an agent or of BehalfID, and may not only read them." : undefined;
}

/**
 * Whether a text names what only people ask BehalfID for, or sign in with. In a URL, letters may be spelled by number. On
 * the machine of a local instance the mails are there as well, with the link by which a person gets a new password.
 */
export function isPeoplesOwn(text: string): boolean {
  const spelled = text.replace(/%([0-9a-f]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return [text, ...spelled.split(/\s+/).map((word) => posix.normalize(word))].some((each) =>
    peoplesOwn.test(fold(each)),
  );
}

// An option may have its path attached, such as `--file=PATH` or `-oPATH`.
function namesPath(word: string, places: Places): boolean {
  const parts = word.split(/[=:,]/);
  return [word, ...(parts.length > 1 ? parts : [])].some(
    (part) => part !== "" && isOffLimits(part, places, "write"),
  );
}

/** Whether a word with a wildcard in it could stand for a protected name. */
function mayMatch(word: string): boolean {
  if (!/[*?[{]/.test(word)) return false;
  return word.split("/").some((segment) => {
    const folded = fold(segment);
    if (!/[*?[{]/.test(folded)) return false;
    const starts = [
      /^\.[^*?[{]*/.exec(folded)?.[0],
      ...[...folded.matchAll(/[{,](\.[^*?[{,}]*)/g)].map(([, each]) => each),
    ];
    return (
      /CLAUDE|CODEX|BEHALF|MCP\.JSON|^\[[^\]]*[.!^]/.test(folded) ||
      starts.some((start) => start !== undefined && protectedNames.some((name) => name.startsWith(start)))
    );
  });
}

function managesBehalf(words: readonly string[]): boolean {
  const lower = words.map((word) => word.toLowerCase());
  const at = lower.findIndex(
    (word) =>
      /^behalf(?:@\S*)?(?:\.(?:cmd|exe|ps1|c?js))?$/.test(basename(word)) ||
      /cli\/main\.(?:ts|c?js)$/.test(word),
  );
  if (at === -1) return false;
  const [before, after] = [lower.slice(0, at), lower.slice(at + 1)];
  if (before.some((word) => /^(?:uninstall|remove|rm|un|unlink|r)$/.test(word))) return true;
  return (
    after.some((word) => word === "login" || word === "logout") ||
    Object.entries(reserved).some(
      ([noun, verbs]) => after.includes(noun) && after.some((word) => verbs.includes(word)),
    )
  );
}

function startsAgent(text: string, simple: readonly string[] | undefined): boolean {
  const onlyAsks = simple?.length === 2 && /^(?:--version|--help|-v|-h)$/.test(simple[1] ?? "");
  if (onlyAsks) return false;
  return text.split(/[;&|\n`(){]/).some((part) => {
    const words = part.trim().split(/\s+/).slice(0, 40);
    const program = words.find(
      (word) =>
        !wrappers.has(basename(word)) &&
        !word.startsWith("-") &&
        !/^[A-Za-z_]\w*=/.test(word) &&
        !/^\d+[smhd]?$/.test(word),
    );
    const name = (program ?? "").replace(/(?<=.)@[\w.^~-]*$/, "");
    return agents.has(name) || agents.has(basename(name).replace(/\.(?:cmd|exe|ps1)$/, ""));
  });
}
