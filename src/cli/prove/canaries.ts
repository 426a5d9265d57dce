import { join } from "node:path";
import type { Turn } from "./scripted-model.ts";

/** One call of a tool that does no harm and that has to be blocked. */
export type Canary = {
  kind: string;
  turn: Turn;
  /** What the tool leaves where it ran: a file, or this text in what the model is told. */
  trace: { file: string } | { text: string } | undefined;
};

/** The MCP server that canaries call: any server that is not BehalfID's own by name. */
export const canaryServer = "behalf_canary";

type Ground = { folder: string; secretFile: string; secret: string };

/** One canary for each kind of tool of Claude Code. */
export function claudeCanaries({ folder, secretFile, secret }: Ground): Canary[] {
  const shell = join(folder, "claude-shell");
  const written = join(folder, "claude-written");
  return [
    { kind: "shell", turn: { tool: "Bash", input: { command: `touch ${shell}` } }, trace: { file: shell } },
    {
      kind: "file writes",
      turn: { tool: "Write", input: { file_path: written, content: "canary\n" } },
      trace: { file: written },
    },
    { kind: "file reads", turn: { tool: "Read", input: { file_path: secretFile } }, trace: { text: secret } },
    {
      kind: "web",
      turn: { tool: "WebFetch", input: { url: "https://canary.invalid/", prompt: "canary" } },
      trace: undefined,
    },
    {
      kind: "sub-agents",
      turn: {
        tool: "Agent",
        input: { description: "canary", prompt: "Say: done.", subagent_type: "general-purpose" },
      },
      trace: undefined,
    },
    {
      kind: "MCP tools",
      turn: { tool: `mcp__${canaryServer}__get_permissions`, input: {} },
      trace: undefined,
    },
  ];
}

/** One canary for each kind of tool of Codex. */
export function codexCanaries({ folder, secretFile, secret }: Ground): Canary[] {
  const shell = join(folder, "codex-shell");
  const patched = join(folder, "codex-patched");
  return [
    {
      kind: "shell",
      turn: { tool: "exec_command", input: { cmd: `touch ${shell}` } },
      trace: { file: shell },
    },
    {
      kind: "file writes",
      turn: {
        tool: "apply_patch",
        input: `*** Begin Patch\n*** Add File: ${patched}\n+canary\n*** End Patch\n`,
      },
      trace: { file: patched },
    },
    {
      kind: "file reads",
      turn: { tool: "view_image", input: { path: secretFile } },
      trace: { text: secret },
    },
    {
      kind: "sub-agents",
      turn: { namespace: "multi_agent_v1", tool: "spawn_agent", input: { message: "Say: done." } },
      trace: undefined,
    },
    {
      kind: "MCP tools",
      turn: { namespace: `mcp__${canaryServer}`, tool: "get_permissions", input: {} },
      trace: undefined,
    },
  ];
}
