import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeCall } from "../../../src/cli/hooks/described-call.ts";
import { hookClients } from "../../../src/cli/hooks/hook-clients.ts";
import { NoDecision } from "../../../src/cli/hooks/no-decision.ts";
import { readCall } from "../../../src/cli/hooks/tool-call.ts";
import { verifyBody } from "../../../src/cli/hooks/verify-body.ts";
import { verifyBodySchema } from "../../../src/contract/verify.ts";
import { callOf, shellCall } from "./tool-calls.ts";

const described = (tool: string, input: unknown, client: (typeof hookClients)[number] = "claude") =>
  describeCall(readCall(client, JSON.stringify(callOf(client, { tool, input }))));

describe.each(hookClients)("a call of %s", (client) => {
  const call = shellCall(client, "ls");
  const whole = JSON.stringify(call);

  test.each<[string, string | object]>([
    ["no JSON", "not json"],
    ["two of them", whole + whole],
    ["a list", [call]],
    ["another event", { ...call, hook_event_name: "PostToolUse" }],
    ["no event", { ...call, hook_event_name: undefined }],
    ["no session", { ...call, session_id: undefined, conversation_id: undefined }],
    ["no tool", { ...call, tool_name: "" }],
    ["a tool whose name is trimmed", { ...call, tool_name: " Bash" }],
    ["a tool whose name hides something", { ...call, tool_name: "Ba\u200bsh" }],
    ["no folder", { ...call, cwd: "repo" }],
    ["no command", shellCall(client, " ")],
    ["a key twice", whole.replace('"tool_input":{', '"tool_input":{"command":"rm -rf /",')],
    ["a number that no one keeps", whole.replace('"tool_input":{', '"tool_input":{"n":9007199254740993,')],
    ["a prototype", whole.replace('"tool_input":{', '"tool_input":{"__proto__":{},')],
    ["a command too long to look at", shellCall(client, `echo ${"x".repeat(20_000)}`)],
  ])("with %s is not read", (_, stdin) => {
    const json = typeof stdin === "string" ? stdin : JSON.stringify(stdin);
    expect(() => describeCall(readCall(client, json))).toThrow(NoDecision);
  });
});

test.each<[string, unknown, object]>([
  ["Bash", { command: "ls" }, { action: "execute_command", command: "ls" }],
  ["PowerShell", { command: "ls" }, { action: "execute_command", command: "ls" }],
  ["Monitor", { command: "tail -f x" }, { action: "execute_command", command: "tail -f x" }],
  ["shell", { command: ["bash", "-lc", "a b"] }, { action: "execute_command", command: "bash -lc 'a b'" }],
  ["Write", { file_path: "/a", content: "" }, { action: "write_file", filePath: "/a" }],
  ["Edit", { file_path: "/a", old_string: "", new_string: "" }, { action: "write_file", filePath: "/a" }],
  ["NotebookEdit", { notebook_path: "/a.ipynb" }, { action: "write_file", filePath: "/a.ipynb" }],
  ["Read", { file_path: "/a" }, { action: "read_file", filePath: "/a" }],
  ["Grep", { pattern: "x" }, { action: "read_file", filePath: "/repo/" }],
  ["Grep", { pattern: "x", path: "src", glob: ".env" }, { action: "read_file", filePath: "src/" }],
  ["Grep", { pattern: "x", path: "/missing.ts" }, { action: "read_file", filePath: "/missing.ts/" }],
  ["LS", { path: "/a" }, { action: "read_file", filePath: "/a" }],
  [
    "Glob",
    { pattern: "app/[id]/(shop)/[...slug]/*.{ts,tsx}" },
    { action: "read_file", filePath: "/repo/app/[id]/(shop)/[...slug]/*.{ts,tsx}" },
  ],
  ["Glob", { pattern: "/etc/{a,b}/.*" }, { action: "read_file", filePath: "/etc/{a,b}/.*" }],
  ["Glob", { pattern: "**/*.ts" }, { action: "read_file", filePath: "/repo/**/*.ts" }],
  ["Glob", { pattern: "../../etc/*" }, { action: "read_file", filePath: "/repo/../../etc/*" }],
  ["Glob", { pattern: "/etc/*" }, { action: "read_file", filePath: "/etc/*" }],
  [
    "WebFetch",
    { url: "https://user@Docs.Example.com/x", prompt: "" },
    { action: "web_fetch", resource: "docs.example.com" },
  ],
  ["WebSearch", { query: "x" }, { action: "web_search" }],
  ["Agent", { subagent_type: "Explore", prompt: "x" }, { action: "run_subagent", resource: "Explore" }],
  ["mcp__github__create_issue", {}, { action: "call_mcp_tool", resource: "github/create_issue" }],
  ["mcp__a__b__c", {}, { action: "call_mcp_tool", resource: "a/b__c" }],
  ["TodoWrite", { todos: [] }, { action: "tool:TodoWrite" }],
  ["NewTool", { command: "ls", path: "/x" }, { action: "tool:NewTool", command: "ls", filePath: "/x" }],
])("%s %j is asked for as %j", (tool, input, deed) => {
  expect(described(tool, input).deeds).toEqual([deed]);
});

test("a search is asked for with all that is below, but for one file that is there", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "behalf-search-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "src"));
  for (const file of ["a.ts", "~", "e\u0301", "a\\b"]) writeFileSync(join(folder, file), "");
  symlinkSync("a.ts", join(folder, "link"));
  const asked = (path: string) => {
    const call = callOf("claude", { tool: "Grep", input: { pattern: "x", path }, cwd: folder });
    return describeCall(readCall("claude", JSON.stringify(call))).deeds[0]?.filePath;
  };
  expect(asked("a.ts")).toBe("a.ts");
  expect(asked(join(folder, "a.ts"))).toBe(join(folder, "a.ts"));
  // What a tool would take for another place than the disk does is no file, whatever lies there.
  for (const path of ["src", ".", "..", "link", "~", "~/a.ts", "e\u0301", "a\\b", "b\0"])
    expect(asked(path)).toBe(`${path}/`);
  expect(asked("src/")).toBe("src/");
});

test("the tools that ask BehalfID are not asked for, and others that are called so are", () => {
  expect(described("mcp__behalfid__verify_action", {}).deeds).toEqual([]);
  expect(described("mcp__behalfid__verify_action_", {}).deeds).toHaveLength(1);
  expect(described("mcp__evil__verify_action", {}).deeds).toHaveLength(1);
  const inCursor = (command: string) =>
    describeCall(
      readCall(
        "cursor",
        JSON.stringify({
          hook_event_name: "beforeMCPExecution",
          conversation_id: "c",
          workspace_roots: ["/repo"],
          tool_name: "verify_action",
          tool_input: "{}",
          command,
        }),
      ),
    );
  expect(inCursor("behalf mcp start").deeds).toEqual([]);
  expect(inCursor("evil behalf mcp start").deeds).toHaveLength(1);
});

test.each([
  ...[
    "{a,../../etc}/*",
    "{.,a}./x/**",
    "{.,a}{.,b}/x",
    "{a,/etc}/*",
    "{a,~}/*",
    "{/a,/etc}/*",
    "{.}./x",
    "{.{.,},a}/x",
    "{./..,a}/x",
    "[.]./x/**",
    "[.][.]/x",
    "[].]./x",
    "[!a]./x",
    "[/]etc/x",
    "a[b",
    "+(.)/x",
    "@(..)/x",
    "(.).//x",
    "(a|..)/x",
    "!(a)/x",
    "!../x",
    "\\../x",
    ".\\./x",
    "**/../x",
    "a*/../../etc/*",
    "{1..3}/x",
    " /etc/*",
    "a/".repeat(600),
  ].map((pattern): [string, object] => ["Glob", { pattern }]),
  ["Glob", { pattern: "*", path: "/repo/secrets " }],
  ["Grep", { pattern: "x", path: "/repo/secrets " }],
  ["Read", { file_path: "/a", path: "/b" }],
  ["Write", { content: "x" }],
  ["Read", { file_path: "key.pem", workdir: "/allowed" }],
  ["apply_patch", { command: "*** Update File: a.ts", working_directory: "/allowed" }],
  ["Shell", { command: "ls", workdir: "/a", working_directory: "/b" }],
  ["WebFetch", { url: "file:///etc/passwd" }],
  ["apply_patch", { command: "*** Begin Patch\n*** End Patch" }],
])("%s %j is refused, because it does not say what it would do", (tool, input) => {
  expect(() => described(tool, input)).toThrow(NoDecision);
});

test("each of Cursor's own events is asked for as the tool that it is about", () => {
  const event = (name: string, fields: object) =>
    describeCall(
      readCall(
        "cursor",
        JSON.stringify({
          hook_event_name: name,
          conversation_id: "c",
          workspace_roots: ["/repo"],
          ...fields,
        }),
      ),
    ).deeds;
  expect(event("beforeShellExecution", { command: "ls", cwd: "/repo" })).toEqual([
    { action: "execute_command", command: "ls" },
  ]);
  expect(event("beforeReadFile", { file_path: "/a", content: "x" })).toEqual([
    { action: "read_file", filePath: "/a" },
  ]);
  expect(event("subagentStart", { subagent_type: "explore", task: "x" })).toEqual([
    { action: "run_subagent", resource: "explore" },
  ]);
  expect(
    event("beforeMCPExecution", { tool_name: "x", tool_input: '{"a":1}', url: "https://m.example" }),
  ).toEqual([{ action: "call_mcp_tool", resource: "x" }]);
});

test("every file that a patch touches is found, however its header is written", () => {
  const patch = [
    "*** Begin Patch",
    "*** Add File: a.ts",
    "+*** Add File: not-this",
    "  *** update file:b.ts  ",
    "*** Move to: c d.ts",
    "***Delete File: e.ts\r",
    "*** End Patch",
  ].join("\n");
  const files = described("apply_patch", { command: patch }, "codex").deeds.map(({ filePath }) => filePath);
  expect(files).toEqual(["a.ts", "b.ts", "c d.ts", "e.ts"]);
});

// Each was tried on Codex: it wrote the file, and white space that JavaScript does not know had hidden it from a reader.
test("no white space and no carriage return hides a file from us that Codex finds", () => {
  const files = (...lines: string[]) =>
    described(
      "apply_patch",
      { command: `*** Begin Patch\n${lines.join("\n")}\n*** End Patch` },
      "codex",
    ).deeds.map(({ filePath }) => filePath);
  expect(files("*** Add File: ok.txt", "+x", "\u0085*** Add File: hidden.txt", "+x")).toEqual([
    "ok.txt",
    "hidden.txt",
  ]);
  expect(files("*** Add File: .mcp.json\u0085", "+{}")).toEqual([".mcp.json"]);
  expect(files("*** Add File: \ufeffb.ts", "+{}")).toEqual(["\ufeffb.ts"]);
  expect(() => files("*** Add File: ok.txt\r/../.mcp.json", "+{}")).toThrow(NoDecision);
  expect(() => files(`*** Add File:${" ".repeat(1_000_000)}x`, "+{}")).toThrow(NoDecision);
});

describe("what an approval is bound to", () => {
  const body = (input: unknown) => {
    const call = readCall("claude", JSON.stringify(callOf("claude", { tool: "Write", input })));
    const described = describeCall(call);
    return verifyBody("agent_1", call, described, described.deeds[0] ?? { action: "" }, {});
  };

  test("fits what the server takes, whatever is written, and another byte anywhere is another request", async () => {
    const contents = [
      "x".repeat(2_000_000),
      "\u0000".repeat(20_000),
      "\ud83d\ude00".repeat(20_000),
      '"'.repeat(30_000),
    ];
    for (const content of contents) {
      const one = await body({ file_path: "/a", content });
      expect(verifyBodySchema.safeParse(one).error).toBeUndefined();
      expect((await body({ file_path: "/a", content: `${content.slice(0, -2)}yy` })).arguments).not.toEqual(
        one.arguments,
      );
    }
  });

  test("is not what only looks like the short form of it", async () => {
    const long = await body({ file_path: "/a", content: "x".repeat(20_000) });
    const { tool: _, ...short } = long.arguments ?? {};
    const alike = await body({ file_path: "/a", ...short });
    expect(Object.keys(alike.arguments ?? {})).toEqual(["tool", "input"]);
    expect(Object.keys(long.arguments ?? {})).not.toContain("input");
  });
});
