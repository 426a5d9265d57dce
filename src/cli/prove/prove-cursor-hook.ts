import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Context } from "../context.ts";
import { broken, ok, skipped, type Finding } from "../doctor/finding.ts";
import { cursorHookFile, ownHooks } from "../launch/hook-files.ts";
import { readProjectFile } from "../mcp/project-file.ts";
import { problemOf } from "../output/problem.ts";
import { keyOfNobody } from "./key-of-nobody.ts";

const check = "prove cursor";
const patienceMs = 30_000;

// What Cursor says on each event about a call that has to be blocked.
const calls: Readonly<Record<string, object>> = {
  beforeShellExecution: { command: "touch canary" },
  beforeMCPExecution: { tool_name: "canary", tool_input: "{}", command: "canary" },
  beforeReadFile: { file_path: "/canary" },
  beforeTabFileRead: { file_path: "/canary" },
  subagentStart: { subagent_type: "canary", task: "canary" },
  preToolUse: { tool_name: "Write", tool_input: { file_path: "/canary" } },
};

/** Calls the hooks that stand in the project as Cursor would: Cursor itself cannot be driven without a person. */
export async function proveCursorHook(context: Context): Promise<Finding[]> {
  const { cwd, settings } = context;
  try {
    const source = readProjectFile(join(cwd, cursorHookFile.file));
    const hooks = source === undefined ? {} : ownHooks(cursorHookFile.file, source);
    const blocked: string[] = [];
    const open: string[] = [];
    for (const [event, hook] of Object.entries(hooks)) {
      const { command } = { command: "", ...(hook as { command?: string }) };
      ((await isRefused(context, command, event)) ? blocked : open).push(event);
    }
    if (blocked.length + open.length === 0) return [skipped(check, "the project has no hooks of Cursor")];
    return open.length > 0
      ? [broken(check, `Hooks that did not refuse: ${open.join(", ")}.`, "behalf run cursor")]
      : [ok(check, `the hooks refuse (Cursor itself was not tried): ${blocked.join(", ")}`)];
  } catch (error) {
    context.signal.throwIfAborted();
    const { error: why, hint } = problemOf(error, settings);
    return [broken(check, why, hint ?? "behalf run cursor")];
  }
}

async function isRefused({ cwd, env, signal }: Context, command: string, event: string): Promise<boolean> {
  const child = spawn(command, {
    shell: true,
    cwd,
    env: { ...env, BEHALFID_API_KEY: keyOfNobody() },
    stdio: ["pipe", "pipe", "ignore"],
    signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(
    JSON.stringify({
      hook_event_name: event,
      conversation_id: "canary",
      workspace_roots: [cwd],
      cwd,
      ...calls[event],
    }),
  );
  const ended = new Promise<number | null>((done) => {
    child.once("error", () => done(null));
    child.once("close", done);
  });
  const said = await text(child.stdout).catch(() => "");
  return (await ended) === 2 && /"permission":\s*"deny"/.test(said);
}
