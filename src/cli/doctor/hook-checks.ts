import { homedir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Context } from "../context.ts";
import { claude, claudeHook, runsBefore } from "../launch/claude.ts";
import type { Client } from "../launch/client.ts";
import { codex } from "../launch/codex.ts";
import { cursor, cursorHooks } from "../launch/cursor.ts";
import { claudeHookFile, ownHooks } from "../launch/hook-files.ts";
import { hooksIn } from "../launch/json-hooks.ts";
import { clientFile } from "../launch/start-client.ts";
import { readProjectFile } from "../mcp/project-file.ts";
import { problemOf } from "../output/problem.ts";
import { ok, skipped, warning, type Check, type Finding } from "./finding.ts";

/** Whether the tool calls of the coding agents on this machine would be held. */
export const checkHooks: Check = async (context) => {
  // Without an agent there is nobody that a hook could ask for.
  if (context.settings.agentId === undefined) return [skipped("hooks", "not looked at: no agent is set")];
  const findings = [
    ...(await launchFindings(context, claude)),
    ...claudeFileFindings(context),
    ...(await launchFindings(context, codex)),
    ...cursorFindings(context),
  ];
  return findings.length > 0 ? findings : [skipped("hooks", "no coding agent is installed")];
};

// What its launcher would find out before it starts it.
async function launchFindings(context: Context, client: Client): Promise<Finding[]> {
  const check = `${client.program} hook`;
  try {
    await client.hold(context, clientFile(context, client), []);
    return [ok(check, `behalf ${client.program} holds its tool calls`)];
  } catch (error) {
    context.signal.throwIfAborted();
    const { error: why, hint } = problemOf(error, context.settings);
    if (why.includes("is not installed")) return [skipped(check, why)];
    return [warning(check, why, hint ?? client.install)];
  }
}

// What holds, or does not, when Claude Code is started without us.
function claudeFileFindings(context: Context): Finding[] {
  const check = "claude files";
  const { file } = claudeHookFile;
  const folder = context.env["CLAUDE_CONFIG_DIR"] ?? join(homedir(), ".claude");
  const files = [join(folder, "settings.json"), ".claude/settings.json", file];
  const findings: Finding[] = [];
  let isHeld = false;
  for (const each of files) {
    try {
      const source = readProjectFile(join(each.startsWith("/") ? "" : context.cwd, each));
      if (source === undefined) continue;
      const { PreToolUse: hooks = [] } = hooksIn(each, source);
      const own = ownHooks(each, source)["PreToolUse"];
      const [ours] = own === undefined ? [] : [own].flat();
      if (each === file && ours !== undefined) {
        isHeld = isDeepStrictEqual(ours, claudeHook(context, waitOf(ours)));
        if (!isHeld)
          findings.push(
            warning(check, `The hook in ${file} is of another set-up or version.`, "behalf claude"),
          );
      }
      if (hooks.length > (own === undefined ? 0 : [own].flat().length))
        findings.push(
          warning(
            check,
            `${each} has another hook before tools, which could change a call after it was allowed.`,
            `Look at PreToolUse in ${each}.`,
          ),
        );
      const first = runsBefore.find((name) => source.includes(`"${name}"`));
      if (first !== undefined)
        findings.push(
          warning(
            check,
            `${first} in ${each} runs before hooks, and could end them, in a plain claude.`,
            `Take it out of ${each}.`,
          ),
        );
      if (/"disableAllHooks"\s*:\s*true/.test(source))
        findings.push(
          warning(
            check,
            `disableAllHooks in ${each} keeps hooks from running in a plain claude.`,
            `Take it out of ${each}.`,
          ),
        );
    } catch (error) {
      const { error: why, hint } = problemOf(error, context.settings);
      findings.push(warning(check, why, hint ?? `Look at ${each}.`));
    }
  }
  if (isHeld && findings.length === 0)
    return [ok(check, `${file} holds the tool calls of a plain claude in this project, too`)];
  return findings;
}

// How long a person is waited for is said when a client is started, and not to doctor.
function waitOf(hooks: unknown): number {
  return Number(/ --wait-for (\d+)s /.exec(JSON.stringify(hooks))?.[1] ?? 0);
}

function cursorFindings(context: Context): Finding[] {
  const check = "cursor hook";
  const file = cursor.hookFile?.file ?? "";
  try {
    const source = readProjectFile(join(context.cwd, file));
    const own = source === undefined ? {} : ownHooks(file, source);
    if (Object.keys(own).length === 0) return [];
    return isDeepStrictEqual(own, cursorHooks(context, waitOf(own)))
      ? [ok(check, `${file} holds the tool calls of Cursor's agent in this project`)]
      : [warning(check, `The hooks in ${file} are of another set-up or version.`, "behalf run cursor")];
  } catch (error) {
    const { error: why, hint } = problemOf(error, context.settings);
    return [warning(check, why, hint ?? "behalf run cursor")];
  }
}
