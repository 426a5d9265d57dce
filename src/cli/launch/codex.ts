import { join } from "node:path";
import { mcpServerName } from "../../mcp/server-name.ts";
import type { Context } from "../context.ts";
import { readProjectFile } from "../mcp/project-file.ts";
import { contextFile } from "../mcp/project-plan.ts";
import { codexHooks } from "./codex-app-server.ts";
import { configuringFlags } from "./codex-flags.ts";
import { hookCommand, ownProgram, pinnedEnvironment } from "./hook-command.ts";
import { notHeld, type Client } from "./client.ts";
import { configFlag } from "./toml-flag.ts";

const name = "Codex";
/**
 * Codex runs a tool whose hook took too long. So its limit is a day: a hook that hangs holds the call, and a person
 * who sees it hang interrupts it.
 */
const timeoutSeconds = 86_400;
// How long a tool of the MCP server may wait for a person.
const toolTimeoutSeconds = 3600;
// Linux takes no longer argument than 128 KiB.
const longestContext = 64 * 1024;
// A server in the background could have been started without us.
const ownProcess = ["--no-daemon"];

export const codex: Client = {
  program: "codex",
  name,
  install: "Install it: npm install --global @openai/codex",
  hold: async (context, executable, given) => {
    if (process.platform === "win32")
      throw notHeld(
        name,
        "on Windows it runs hooks by a shell that lets a failed one pass.",
        "Use it in WSL.",
      );
    const command = hookCommand(context, "codex");
    return [...ownProcess, ...(await codexFlags(context, executable, configuringFlags(given), command))];
  },
  tell: (context) => [...mcpFlags(context), ...contextFlags(context)],
};

/**
 * The flags by which Codex asks with this command before every tool call, and trusts the hook: it skips one that it
 * does not trust, and says nothing. Codex itself is asked, with the flags of the session, whether it would run.
 *
 * Flags go before every file: neither a project's configuration nor what an agent writes into one while it works
 * turns the hook off.
 */
export async function codexFlags(
  context: Context,
  executable: string,
  given: readonly string[],
  command: string,
): Promise<string[]> {
  const hook = [
    ...configFlag("features.hooks", true),
    // ATTACK: a shell that was allowed once takes whatever is typed into it later, and Codex asks no hook about that.
    // Without a terminal a program's stdin is closed.
    ...configFlag("features.unified_exec_tty", false),
    ...configFlag("hooks.PreToolUse", [
      { matcher: "*", hooks: [{ type: "command", command, timeout: timeoutSeconds }] },
    ]),
  ];
  const found = await ownHook(context, executable, [...hook, ...given], command);
  const trust = configFlag("hooks.state", {
    [found.key]: { trusted_hash: found.currentHash, enabled: true },
  });
  const flags = [...hook, ...trust];
  const { enabled, trustStatus } = await ownHook(context, executable, [...flags, ...given], command);
  if (!enabled || trustStatus !== "trusted")
    throw notHeld(
      name,
      "it does not trust the hook, and would skip it.",
      "Report this, with: codex --version",
    );
  return flags;
}

async function ownHook(context: Context, executable: string, flags: readonly string[], command: string) {
  const hooks = await codexHooks(context, executable, flags);
  if (hooks === undefined)
    throw notHeld(
      name,
      "it does not say which hooks it would run.",
      "Update it: npm install --global @openai/codex",
    );
  const own = hooks.filter((each) => each.source === "sessionFlags" && each.command === command);
  const [found] = own;
  if (found === undefined || own.length !== 1 || found.eventName !== "preToolUse" || found.matcher !== "*")
    throw notHeld(
      name,
      "its configuration keeps the hook from running.",
      "Look for requirements.toml and managed settings: codex doctor",
    );
  return found;
}

// The session's own server, started as the hook is. The name of a variable is passed on, and no key.
function mcpFlags(context: Context): string[] {
  const [command = "", ...args] = ownProgram();
  return configFlag(`mcp_servers.${mcpServerName}`, {
    command,
    args: [...args, "mcp", "start"],
    env: pinnedEnvironment(context),
    env_vars: ["BEHALFID_API_KEY"],
    tool_timeout_sec: toolTimeoutSeconds,
  });
}

function contextFlags({ cwd }: Context): string[] {
  const text = readProjectFile(join(cwd, contextFile));
  if (text === undefined) return [];
  const isLong = Buffer.byteLength(text) > longestContext;
  return configFlag("developer_instructions", isLong ? `Before you act, read ${contextFile}.` : text);
}
