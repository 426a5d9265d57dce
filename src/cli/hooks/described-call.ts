import { resolve } from "node:path";
import { mcpServerName } from "../../mcp/server-name.ts";
import { shellLine } from "../command-line.ts";
import { isRooted, leadsAnywhere } from "./leads-anywhere.ts";
import { NoDecision } from "./no-decision.ts";
import { filesOfPatch } from "./patch-files.ts";
import { searchedPath } from "./searched-path.ts";
import { isObject, type ToolCall } from "./tool-call.ts";

/** What a tool call does, in the words of permissions. */
export type Deed = {
  action: string;
  resource?: string | undefined;
  command?: string | undefined;
  filePath?: string | undefined;
  amount?: number | undefined;
  environment?: string | undefined;
  branch?: string | undefined;
  repository?: string | undefined;
};

export type DescribedCall = {
  /** All of these have to be allowed. None, where the call is a question to BehalfID itself. */
  deeds: readonly Deed[];
  /** The folder that the tool works in. */
  cwd: string;
  /** What the tool runs with and an approval is bound to. Without what is only shown. */
  bound: Readonly<Record<string, unknown>>;
};

const shells = new Set(["Bash", "PowerShell", "Monitor", "Shell", "shell", "exec_command", "local_shell"]);
const writers = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit", "StrReplace", "Delete", "TabWrite"]);
const readers = new Set(["Read", "NotebookRead", "TabRead", "LS", "LSP", "view_image"]);
// These look into a folder: the first at what the files in it hold, the other at their names.
const searchers = new Set(["Grep", "Glob"]);
const delegators = new Set(["Agent", "Task", "spawn_agent"]);
const pathFields = ["file_path", "notebook_path", "path", "target_file", "filePath"];
const folderFields = ["workdir", "working_directory"];
// A label for people, which a model words anew at each try: bound, it would make every retry another request.
const labels = new Set(["description", "justification"]);

const maxCommandBytes = 12 * 1024;

const ownTools = new Set(
  ["verify_action", "get_permissions", "wait_for_approval"].map((tool) => `mcp__${mcpServerName}__${tool}`),
);

/** What a tool call does. Throws NoDecision for a call of a known tool that does not say what it would do. */
export function describeCall(call: ToolCall): DescribedCall {
  const { tool, input, server } = call;
  const folder = folderOf(call);
  const cwd = folder === undefined ? call.cwd : resolve(call.cwd, folder);
  const described = (deeds: readonly Deed[], ofCall = input): DescribedCall => ({
    deeds,
    cwd,
    bound: ofCall,
  });
  const named = (deed: Deed) => described([deed], withoutLabels(input));

  // Asking whether one may act is no act.
  if (ownTools.has(tool) || (call.client === "cursor" && server === "behalf mcp start")) return described([]);
  if (tool === "apply_patch")
    return described(filesOfPatch(patchOf(call)).map((filePath) => ({ action: "write_file", filePath })));
  if (shells.has(tool)) return named({ action: "execute_command", command: commandOf(call) });
  if (writers.has(tool)) return described([{ action: "write_file", filePath: required(call, pathOf(call)) }]);
  if (searchers.has(tool)) {
    const searchedIn = searchedFolderOf(call) ?? cwd;
    const filePath = tool === "Grep" ? searchedPath(searchedIn, cwd) : globOf(call, searchedIn);
    return described([{ action: "read_file", filePath }]);
  }
  if (readers.has(tool)) {
    const needsPath = tool === "Read" || tool === "NotebookRead" || tool === "TabRead";
    const path = needsPath ? required(call, pathOf(call)) : (pathOf(call) ?? cwd);
    return described([{ action: "read_file", filePath: path }]);
  }
  if (tool === "WebFetch") return described([{ action: "web_fetch", resource: hostOf(call) }]);
  if (tool === "WebSearch" || tool === "web_search") return described([{ action: "web_search" }]);
  if (delegators.has(tool))
    return named({
      action: "run_subagent",
      resource: textIn(input, "subagent_type") ?? textIn(input, "agent_type"),
    });
  const mcp = /^(?:mcp__|MCP:)(.+)$/.exec(tool)?.[1];
  if (mcp !== undefined) {
    const ofServer = server === undefined ? input : { server, input };
    // The first two underscores end the server's name, as its client has it: no other tool has this resource.
    return described([{ action: "call_mcp_tool", resource: mcp.replace("__", "/") }], ofServer);
  }
  return described([{ action: `tool:${tool}`, command: textIn(input, "command"), filePath: pathOf(call) }]);
}

function folderOf({ tool, input }: ToolCall): string | undefined {
  const [folder, ...others] = new Set(folderFields.flatMap((field) => textIn(input, field) ?? []));
  // ATTACK: a tool for files overlooks a field that it does not have. What is read or written would lie in its own folder,
  // and be looked for in this one.
  const takesFile = tool === "apply_patch" || [writers, readers, searchers].some((each) => each.has(tool));
  if (others.length > 0 || (folder !== undefined && takesFile))
    throw new NoDecision(
      "The tool call names a folder of its own.",
      "Leave it out, and write paths in full.",
    );
  return folder;
}

function commandOf(call: ToolCall): string {
  const text = commandTextOf(call);
  // The server takes little more, and nothing that looks at a command may take long.
  if (Buffer.byteLength(text) <= maxCommandBytes) return text;
  throw new NoDecision(
    `The command is longer than the ${maxCommandBytes} bytes that can be looked at.`,
    "Write what is long into a file first.",
  );
}

function commandTextOf(call: ToolCall): string {
  const { input } = call;
  const command = input["command"] ?? input["cmd"];
  // Words that no shell reads, written so that no two lists of them look alike.
  if (Array.isArray(command) && command.every((word) => typeof word === "string")) return shellLine(command);
  return required(call, textIn(input, "command") ?? textIn(input, "cmd"));
}

function patchOf(call: ToolCall): string {
  const { input } = call;
  return required(
    call,
    textIn(input, "command") ?? textIn(input, "input") ?? textIn(input, "patch") ?? textIn(input, "value"),
  );
}

// ATTACK: space at the end of a folder is trimmed by some tools, and behind a slash it would be part of a name.
function searchedFolderOf(call: ToolCall): string | undefined {
  const folder = pathOf(call);
  if (folder !== undefined && folder !== folder.trim())
    throw new NoDecision("The folder is written with space around it.", "Write it without.");
  return folder;
}

// A pattern may lead out of the folder that it is looked for in.
function globOf(call: ToolCall, folder: string): string {
  const pattern = required(call, textIn(call.input, "pattern"));
  if (leadsAnywhere(pattern))
    throw new NoDecision(
      "The pattern can lead anywhere.",
      "Name the folder in path. In the pattern use *, **, ?, [abc] and {a,b}, slashes, and no ..",
    );
  return isRooted(pattern) ? pattern : `${folder}/${pattern}`;
}

function hostOf(call: ToolCall): string {
  const url = required(call, textIn(call.input, "url"));
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    throw new NoDecision("The url is not one of the web.");
  return parsed.host;
}

function pathOf({ input }: ToolCall): string | undefined {
  const given = pathFields.flatMap((field) => textIn(input, field) ?? []);
  // Which of two paths the tool would take cannot be told.
  if (new Set(given).size > 1) throw new NoDecision("The tool call names more than one path.");
  return given[0];
}

function required(call: ToolCall, text: string | undefined): string {
  if (text !== undefined) return text;
  throw new NoDecision(`The call of ${call.tool} does not say what it would do.`);
}

function textIn(input: ToolCall["input"], field: string): string | undefined {
  const value = input[field];
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function withoutLabels(input: ToolCall["input"]): ToolCall["input"] {
  return isObject(input)
    ? Object.fromEntries(Object.entries(input).filter(([key]) => !labels.has(key)))
    : input;
}
