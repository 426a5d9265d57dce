import { randomUUID } from "node:crypto";
import type { HookClient } from "../../../src/cli/hooks/hook-clients.ts";

type Call = { tool: string; input: unknown; id?: string; cwd?: string };

/** A tool call as each client writes it to its hook's stdin. */
export function callOf(client: HookClient, { tool, input, id = randomUUID(), cwd = "/repo" }: Call): object {
  const common = { hook_event_name: "PreToolUse", tool_name: tool, tool_input: input, tool_use_id: id, cwd };
  const model = { model: "a-model", permission_mode: "default", transcript_path: null };
  switch (client) {
    case "claude":
      return { ...common, session_id: "session-1", transcript_path: "/t.jsonl", permission_mode: "default" };
    case "codex":
      return { ...common, ...model, session_id: "session-1", turn_id: "turn-1" };
    case "cursor":
      return {
        ...common,
        hook_event_name: "preToolUse",
        conversation_id: "conversation-1",
        generation_id: "generation-1",
        cursor_version: "3.1.0",
        workspace_roots: [cwd],
        model: "a-model",
      };
  }
}

export const shellTools: Record<HookClient, string> = { claude: "Bash", codex: "Bash", cursor: "Shell" };

export function shellCall(client: HookClient, command: string, rest: Partial<Call> = {}): object {
  return callOf(client, { tool: shellTools[client], input: { command }, ...rest });
}
