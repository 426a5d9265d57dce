import type { Context } from "../context.ts";
import { broken, ok, skipped, type Finding } from "../doctor/finding.ts";
import { problemOf } from "../output/problem.ts";
import { claude, claudeFlags, claudeHook } from "../launch/claude.ts";
import type { Client } from "../launch/client.ts";
import { codex } from "../launch/codex.ts";
import { ownProgram } from "../launch/hook-command.ts";
import { clientFile } from "../launch/start-client.ts";
import { configFlag } from "../launch/toml-flag.ts";
import { canaryServer, claudeCanaries, codexCanaries } from "./canaries.ts";
import { proveCursorHook } from "./prove-cursor-hook.ts";
import { proveSession, type Proof, type Session } from "./prove-session.ts";

type Proved = { client: Client; session: (context: Context, executable: string) => Promise<Session> };

// Codex offers its tool for patches to models that it knows. No model of that name is called.
const knownModel = "gpt-5.5";

const proved: readonly Proved[] = [
  { client: claude, session: claudeSession },
  { client: codex, session: codexSession },
];

/** Tries each installed client, started as its launcher starts it, and Cursor's hooks where the project has them. */
export async function proveClients(context: Context): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { client, session } of proved) {
    const check = `prove ${client.program}`;
    let executable: string;
    try {
      executable = clientFile(context, client);
    } catch {
      findings.push(skipped(check, `${client.name} is not installed`));
      continue;
    }
    try {
      const proof = await proveSession(context, await session(context, executable));
      findings.push(...findingsOf(check, client, proof));
    } catch (error) {
      context.signal.throwIfAborted();
      const { error: why, hint } = problemOf(error, context.settings);
      findings.push(broken(check, why, hint ?? "behalf doctor"));
    }
  }
  return [...findings, ...(await proveCursorHook(context))];
}

function findingsOf(check: string, { name, program }: Client, { blocked, ran, untried }: Proof): Finding[] {
  const findings: Finding[] = [];
  if (ran.length > 0)
    findings.push(
      broken(check, `${name} ran without asking: ${ran.join(", ")}.`, `Start it with: behalf ${program}`),
    );
  if (blocked.length > 0) findings.push(ok(check, `${name} is really blocked: ${blocked.join(", ")}`));
  else if (ran.length === 0)
    findings.push(
      broken(
        check,
        `${name} called no tool, so nothing is proved.`,
        `See whether it starts: ${program} --version`,
      ),
    );
  if (untried.length > 0) findings.push(skipped(check, `could not be tried: ${untried.join(", ")}`));
  return findings;
}

async function claudeSession(context: Context, executable: string): Promise<Session> {
  await claude.hold(context, executable, []);
  const [command = "", ...args] = ownProgram();
  const mcp = { mcpServers: { [canaryServer]: { command, args: [...args, "mcp", "start"] } } };
  const tools = ["Bash", "Write", "Read", "WebFetch", "Agent", `mcp__${canaryServer}__get_permissions`];
  const env = (url: string) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: "sk-ant-canary" });
  return {
    executable,
    args: ({ url }) => [
      ...claudeFlags(context, claudeHook(context), env(url)),
      ..."-p Canary. --no-session-persistence --strict-mcp-config".split(" "),
      "--mcp-config",
      JSON.stringify(mcp),
      "--allowed-tools",
      ...tools,
    ],
    env: ({ url }) => ({
      ...env(url),
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_TELEMETRY: "1",
    }),
    canaries: claudeCanaries,
  };
}

async function codexSession(context: Context, executable: string): Promise<Session> {
  const held = await codex.hold(context, executable, []);
  const [command = "", ...args] = ownProgram();
  return {
    executable,
    args: ({ url }) => [
      ...held,
      ...configFlag("model", knownModel),
      ...configFlag("model_provider", canaryServer),
      ...configFlag(`model_providers.${canaryServer}`, {
        name: canaryServer,
        base_url: url,
        wire_api: "responses",
      }),
      ...configFlag(`mcp_servers.${canaryServer}`, { command, args: [...args, "mcp", "start"] }),
      ..."exec --ephemeral --skip-git-repo-check --sandbox danger-full-access Canary.".split(" "),
    ],
    env: () => ({}),
    canaries: codexCanaries,
  };
}
