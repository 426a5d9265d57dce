import { homedir } from "node:os";
import type { DescribedCall } from "./described-call.ts";
import { NoDecision } from "./no-decision.ts";
import { isOffLimits, type Places } from "./protected-paths.ts";
import { isPeoplesOwn, refusedCommand } from "./shell-guard.ts";
import type { ToolCall } from "./tool-call.ts";

const maxStrings = 2000;
const longestPath = 1024;

/** Throws NoDecision for what no permission can allow: an agent that loosens what holds it. */
export function guardCall(call: ToolCall, { deeds, cwd }: DescribedCall): void {
  const places: Places = { cwd, home: homedir(), env: process.env };
  for (const { action, command, filePath } of deeds) {
    if (command !== undefined) refuse(refusedCommand(command, places));
    // Of the tools that read, this one looks into every file below the folder that it is given.
    const reads = call.tool === "Grep" ? "search" : "read";
    if (filePath !== undefined && isOffLimits(filePath, places, action === "read_file" ? reads : "write"))
      refuse(
        action === "read_file"
          ? "It reads where BehalfID keeps its secrets."
          : "It changes settings of an agent or of BehalfID.",
      );
    if (action === "web_fetch" || action === "call_mcp_tool" || action.startsWith("tool:"))
      for (const [, text] of stringsIn(call.input))
        if (isPeoplesOwn(addressIn(text))) refuse("It asks for what only people may see or do.");
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

/** The text as whoever fetches it would read it, if it is an address of the web; otherwise nothing. */
function addressIn(text: string): string {
  const address = /^[\w.[\]:-]{1,260}:\d{1,5}\//.test(text) ? `http://${text}` : text;
  return /^\s*https?:/i.test(address) && URL.canParse(address) ? new URL(address).href : "";
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
