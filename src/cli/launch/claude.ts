import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../context.ts";
import { clientTimeoutSeconds } from "../hooks/hook-clients.ts";
import { contextFile } from "../mcp/project-plan.ts";
import { checkManagedSettings } from "./claude-managed-settings.ts";
import { hookCommand, waitSeconds } from "./hook-command.ts";
import { claudeHookFile } from "./hook-files.ts";
import { programVersion } from "./program-version.ts";
import { notHeld, type Client } from "./client.ts";

const name = "Claude Code";
// The first that blocks a call whose hook failed, "onFailure": "block". Before it, a hook that took too long let it run.
const oldest = [2, 1, 295] as const;

// Each of these turns every hook off, also those of the command line.
const off = ["--bare", "--safe-mode"];
const offVariables = ["CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE"] as const;
// What these name runs before anything that the command line of a hook says: Claude Code puts the first before it, the
// system loads the others into its shell.
export const runsBefore = [
  "CLAUDE_CODE_SHELL_PREFIX",
  "LD_PRELOAD",
  "LD_AUDIT",
  "LD_LIBRARY_PATH",
  "DYLD_INSERT_LIBRARIES",
  "DYLD_LIBRARY_PATH",
] as const;
// These work in another place or in a session that was started without us.
const elsewhere = ["--cloud", "--environment", "--desktop", "--bg", "--background"];
const elsewhereCommands = ["agents", "attach", "respawn", "ultrareview"];

export const claude: Client = {
  program: "claude",
  name,
  install: "Install it: npm install --global @anthropic-ai/claude-code",
  hold: async (context, executable, given) => {
    checkClaudeArguments(given);
    checkEnvironment(context);
    checkManagedSettings();
    checkClaudeVersion(await programVersion(context, executable));
    return claudeFlags(context, claudeHook(context));
  },
  hookFile: {
    ...claudeHookFile,
    hooks: (context) => ({ PreToolUse: claudeHook(context) }),
  },
  tell: ({ cwd }) => (existsSync(join(cwd, contextFile)) ? ["--append-system-prompt-file", contextFile] : []),
};

/** The entry of a hook for every tool, as Claude Code's settings have it. */
export function claudeHook(context: Context, wait = waitSeconds(context)) {
  const command = hookCommand(context, "claude", wait);
  const timeout = clientTimeoutSeconds(wait);
  return { matcher: "*", hooks: [{ type: "command", command, timeout, onFailure: "block" }] };
}

/**
 * The flags by which Claude Code asks with this command before every tool call. What is given here goes before
 * every file: neither a project's settings nor what an agent writes into them while it works turns the hook off. A
 * hook that stands in a file as well, word for word, runs once.
 */
export function claudeFlags(
  context: Pick<Context, "env">,
  hook: ReturnType<typeof claudeHook>,
  env: Readonly<Record<string, string>> = {},
): string[] {
  const settings = {
    disableAllHooks: false,
    hooks: { PreToolUse: [hook] },
    // ATTACK: a variable in a project's settings would turn hooks off as its flag does, or end the shell of the hook with 0.
    // Here it is what it is outside of Claude Code.
    env: {
      ...env,
      ...Object.fromEntries(offVariables.map((name) => [name, ""])),
      ...Object.fromEntries(runsBefore.map((name) => [name, context.env[name] ?? ""])),
    },
  };
  return ["--settings", JSON.stringify(settings)];
}

/** Throws `UserError` where these arguments would keep the hook from running. */
export function checkClaudeArguments(given: readonly string[]): void {
  const end = given.indexOf("--");
  const options = end === -1 ? given : given.slice(0, end);
  const typed = (names: readonly string[]) =>
    options.find((each) => names.some((option) => each === option || each.startsWith(`${option}=`)));
  const disabling = typed(off);
  if (disabling !== undefined)
    throw notHeld(name, `with ${disabling} it runs no hooks.`, `Leave out ${disabling}.`);
  if (typed(["--settings"]) !== undefined)
    throw notHeld(
      name,
      "your --settings would take the place of the one that has the hook.",
      "Put what it says into .claude/settings.local.json, and leave it out.",
    );
  const remote = typed(elsewhere) ?? elsewhereCommands.find((each) => each === given[0]);
  if (remote !== undefined)
    throw notHeld(
      name,
      `${remote} works in a session that this hook does not reach.`,
      `Leave out ${remote}.`,
    );
}

function checkEnvironment({ env }: Context): void {
  const set = offVariables.find((variable) => env[variable]);
  if (set !== undefined) throw notHeld(name, `with ${set} set it runs no hooks.`, `Type: unset ${set}`);
}

/** Throws `UserError` where this version lets a tool run when its hook fails. */
export function checkClaudeVersion(version: string | undefined): void {
  const parts = /^(\d+)\.(\d+)\.(\d+)/
    .exec(version ?? "")
    ?.slice(1)
    .map(Number);
  const fix = "Update it: claude update";
  if (parts === undefined) throw notHeld(name, "it does not say which version it is.", fix);
  const difference = oldest.map((part, at) => (parts[at] ?? 0) - part).find((each) => each !== 0) ?? 0;
  if (difference < 0)
    throw notHeld(
      name,
      `version ${parts.join(".")} lets a tool run when its hook fails. It takes ${oldest.join(".")} or newer.`,
      fix,
    );
}
