import { homedir } from "node:os";
import type { DescribedCall } from "./described-call.ts";
import { NoDecision } from "./no-decision.ts";
import { isOffLimits, type Places } from "./protected-paths.ts";
import { refusedCommand } from "./shell-guard.ts";
import type { ToolCall } from "./tool-call.ts";

const maxStrings = 2000;
const longestPath = 1024;

/** Throws NoDecision for what no permission can allow: an agent that loosens what holds it. */
export function guardCall(call: ToolCall, { deeds, cwd }: DescribedCall): void {
  const places: Places = { cwd, home: homedir(), env: process.env };
  for (const { action, command, filePath } of deeds) {
    if (command !== undefined) refuse(refusedCommand(command, places));
    if (filePath !== undefined && isOffLimits(filePath, places, action === "read_file" ? "read" : "write"))
      refuse(
        action === "read_file"
          ? "It reads where BehalfID keeps its secrets."
          : "It changes settings of an agent or of BehalfID.",
      );
    // What another's tool does with a path is not known, so that it counts as written.
    if (action === "call_mcp_tool" || action.startsWith("tool:"))
      for (const [key, text] of stringsIn(call.input)) {
        if (/^(?:command|cmd|script|code)$/i.test(key)) refuse(refusedCommand(text, places));
        if (text.length <= longestPath && !text.includes("\n") && isOffLimits(text, places, "write"))
          refuse("It names settings of an agent or of BehalfID.");
      }
  }
}

function refuse(why: string | undefined): void {
  if (why !== undefined)
    throw new NoDecision(
      `Refused whatever the permissions say. ${why}`,
      "A person does this, outside of the agent's session.",
    );
}

function stringsIn(value: unknown): [key: string, text: string][] {
  const found: [string, string][] = [];
  const open: [string, unknown][] = [["", value]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [key, each] = next;
    if (typeof each === "string") found.push([key, each]);
    else if (typeof each === "object" && each !== null)
      for (const [name, inner] of Object.entries(each)) open.push([Array.isArray(each) ? key : name, inner]);
    if (found.length > maxStrings)
      throw new NoDecision(
        "The tool call holds more texts than can be looked at.",
        "Split it into smaller ones.",
      );
  }
  return found;
}
