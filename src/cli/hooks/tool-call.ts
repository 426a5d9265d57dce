import { isAbsolute, resolve } from "node:path";
import { ambiguityIn } from "../../contract/ambiguous-json.ts";
import type { HookClient } from "./hook-clients.ts";
import { NoDecision } from "./no-decision.ts";

export type Input = Readonly<Record<string, unknown>>;

/** A tool call as its client tells it before running it. */
export type ToolCall = {
  client: HookClient;
  /** What makes this call another than every other, or undefined where the client does not say. */
  identity: readonly string[] | undefined;
  tool: string;
  /** Whose tool it is, for an MCP server's that the client names apart from the tool. */
  server?: string | undefined;
  input: Input;
  cwd: string;
};

// Visible ASCII only: the server trims names, and a name that is trimmed is another tool's.
const toolName = /^[\x21-\x7e]{1,200}$/;

/** Reads what a client wrote to stdin. Throws NoDecision for everything that is not exactly a call before its run. */
export function readCall(client: HookClient, json: string): ToolCall {
  const event = objectOf(json, "What came on stdin");
  switch (client) {
    case "claude":
    case "codex":
      return preToolUse(client, event, [
        textOf(event, "session_id"),
        ...(event["turn_id"] === undefined ? [] : [textOf(event, "turn_id")]),
      ]);
    case "cursor":
      return cursorCall(event);
  }
}

function preToolUse(client: HookClient, event: Input, session: readonly string[]): ToolCall {
  const name = textOf(event, "hook_event_name");
  if (name !== "PreToolUse") throw unknownEvent(name);
  return {
    client,
    identity: identityOf(event, session),
    ...toolOf(event),
    cwd: folderOf(event["cwd"]),
  };
}

function cursorCall(event: Input): ToolCall {
  const name = textOf(event, "hook_event_name");
  const session = [textOf(event, "conversation_id")];
  const roots = event["workspace_roots"];
  const cwd = folderOf(event["cwd"] ?? (Array.isArray(roots) ? roots[0] : undefined));
  const call = { client: "cursor" as const, identity: identityOf(event, session), cwd };
  switch (name) {
    case "preToolUse":
      return { ...call, ...toolOf(event) };
    case "beforeShellExecution":
      return { ...call, tool: "Shell", input: { command: textOf(event, "command") } };
    case "beforeMCPExecution": {
      // Its input is JSON in a string.
      const { tool, input } = toolOf({
        ...event,
        tool_input: objectOf(textOf(event, "tool_input"), "Its input"),
      });
      const server = event["url"] ?? event["command"];
      if (typeof server !== "string") throw unreadable("It does not say which MCP server is meant.");
      return { ...call, tool: `MCP:${tool.replace(/^MCP:/, "")}`, server, input };
    }
    case "beforeReadFile":
    case "beforeTabFileRead":
      return { ...call, tool: "Read", input: { file_path: textOf(event, "file_path") } };
    case "subagentStart":
      return {
        ...call,
        tool: "Task",
        input: { subagent_type: textOf(event, "subagent_type"), task: textOf(event, "task") },
      };
    default:
      throw unknownEvent(name);
  }
}

function toolOf(event: Input): { tool: string; input: Input } {
  const tool = textOf(event, "tool_name");
  if (!toolName.test(tool)) throw unreadable("The tool's name holds characters that no name has.");
  const input = event["tool_input"];
  return { tool, input: isObject(input) ? input : { value: input ?? null } };
}

function identityOf(event: Input, session: readonly string[]): readonly string[] | undefined {
  const id = event["tool_use_id"] ?? event["tool_call_id"];
  return typeof id === "string" && id !== "" ? [...session, id] : undefined;
}

/** A JSON object that has one meaning only, whoever reads it. */
function objectOf(json: string, what: string): Input {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw unreadable(`${what} is not JSON.`);
  }
  if (!isObject(value)) throw unreadable(`${what} is not a JSON object.`);
  const ambiguity = ambiguityIn(json);
  // What is verified here and what the tool runs with must not be two readings of one text.
  if (ambiguity !== undefined) throw unreadable(`In it, ${ambiguity.field} ${ambiguity.rule}.`);
  return value;
}

function textOf(event: Input, field: string): string {
  const value = event[field];
  if (typeof value !== "string" || value === "") throw unreadable(`Its ${field} is missing.`);
  return value;
}

function folderOf(cwd: unknown): string {
  if (typeof cwd !== "string" || !isAbsolute(cwd)) throw unreadable("Its cwd is missing.");
  return resolve(cwd);
}

export function isObject(value: unknown): value is Input {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unreadable(why: string): NoDecision {
  return new NoDecision(
    `The tool call cannot be read. ${why}`,
    "This version of the client may be one that BehalfID does not know.",
  );
}

function unknownEvent(name: string): NoDecision {
  return unreadable(`${JSON.stringify(name.slice(0, 80))} is no event that this hook knows.`);
}
