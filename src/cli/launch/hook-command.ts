import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import type { Context } from "../context.ts";
import { shellLine } from "../command-line.ts";
import { UserError } from "../failure.ts";
import { guardedCommandLine, type HookClient } from "../hooks/hook-clients.ts";

const longestWaitSeconds = 3600;

// What would lead a hook elsewhere: to another server or agent, into foreign code, past the check of a certificate, or to
// other files than those that it protects.
const ledBy = [
  "BEHALFID_ALLOW_INSECURE_HTTP",
  "BEHALF_STATE_DIR",
  "CLAUDE_CONFIG_DIR",
  "CODEX_HOME",
  "NODE_COMPILE_CACHE",
  "NODE_EXTRA_CA_CERTS",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  // With these two, Node takes a proxy and certificates from further variables.
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "OPENSSL_CONF",
] as const;

/** This program and how it is started, by absolute paths: a name could be another file where the hook runs. */
export function ownProgram(): string[] {
  return [process.execPath, realpathSync(process.argv[1] ?? "")];
}

/** What a process of ours works with, wherever a client starts it. It names no key. */
export function pinnedEnvironment(context: Context): Record<string, string> {
  const { env, settings } = context;
  return {
    HOME: homedir(),
    BEHALFID_HOME: env["BEHALFID_HOME"] ?? "",
    BEHALFID_BASE_URL: settings.baseUrl.value,
    BEHALFID_AGENT_ID: context.agentId(),
    ...Object.fromEntries(ledBy.map((name) => [name, env[name] ?? ""])),
  };
}

/** How long an installed hook waits for a person, in whole seconds: BEHALFID_HOOK_WAIT, such as 5m. Not at all without. */
export function waitSeconds({ env }: Pick<Context, "env">): number {
  const given = env["BEHALFID_HOOK_WAIT"];
  if (given === undefined || given === "") return 0;
  const [, amount, unit] = /^(\d{1,4})([sm])$/.exec(given) ?? [];
  const seconds = Number(amount) * (unit === "m" ? 60 : 1);
  if (seconds > 0 && seconds <= longestWaitSeconds) return seconds;
  throw new UserError(
    "BEHALFID_HOOK_WAIT must be a time from 1s to 60m, such as 5m.",
    "Change it, or unset it: a call that needs a person is then told so at once.",
  );
}

/**
 * The shell line by which a client asks before a tool call. Whatever keeps it from answering blocks on every client: a
 * program that has gone, a crash, a signal.
 *
 * ATTACK: a project's settings give variables to the hooks of a client, so a project could name a server of its own
 * that allows everything. What the hook goes by is therefore written before the command, where nothing outside
 * reaches it.
 */
export function hookCommand(context: Context, client: HookClient, seconds = waitSeconds(context)): string {
  const pinned = Object.entries(pinnedEnvironment(context)).map(
    ([name, value]) => `${name}=${value === "" ? "" : shellLine([value])}`,
  );
  const wait = seconds === 0 ? [] : ["--wait-for", `${seconds}s`];
  return guardedCommandLine(`${pinned.join(" ")} ${shellLine([...ownProgram(), "hook", client, ...wait])}`);
}

/** Whether a command line is one of a hook of ours, of whichever version and machine. */
export function isOwnCommand(command: string): boolean {
  return / hook (claude|codex|cursor)( .*)? \|\| /.test(command) && command.includes("BEHALFID_");
}
