import type { Context } from "../context.ts";
import { clientTimeoutSeconds } from "../hooks/hook-clients.ts";
import { cursorHookFile } from "./hook-files.ts";
import { hookCommand, waitSeconds } from "./hook-command.ts";
import type { Client } from "./client.ts";

// Each tool has one event, so that no call is asked for twice, which would spend an approval twice. The last is for
// the tools that have no event of their own.
const events: Readonly<Record<string, object>> = {
  beforeShellExecution: {},
  beforeMCPExecution: {},
  beforeReadFile: {},
  beforeTabFileRead: {},
  subagentStart: {},
  preToolUse: { matcher: "^(?!(Shell|Read|TabRead|Task)$|MCP:)" },
};

/** Cursor takes hooks from a file only. */
export const cursor: Client = {
  program: "cursor",
  name: "Cursor",
  install: "Install it, and its command: Shell Command: Install 'cursor'",
  hold: async () => [],
  tell: () => [],
  hookFile: { ...cursorHookFile, hooks: (context) => cursorHooks(context) },
};

/** The hooks of Cursor, by event. One that fails blocks. */
export function cursorHooks(context: Context, wait = waitSeconds(context)): Record<string, object> {
  const hook = {
    command: hookCommand(context, "cursor", wait),
    timeout: clientTimeoutSeconds(wait),
    failClosed: true,
  };
  return Object.fromEntries(Object.entries(events).map(([event, more]) => [event, { ...hook, ...more }]));
}
