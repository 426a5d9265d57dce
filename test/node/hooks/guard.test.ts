import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeCall } from "../../../src/cli/hooks/described-call.ts";
import { guardCall } from "../../../src/cli/hooks/guard-call.ts";
import { NoDecision } from "../../../src/cli/hooks/no-decision.ts";
import { isOffLimits, type Places } from "../../../src/cli/hooks/protected-paths.ts";
import { refusedCommand } from "../../../src/cli/hooks/shell-guard.ts";
import { readCall } from "../../../src/cli/hooks/tool-call.ts";
import { callOf } from "./tool-calls.ts";

let home: string;
let places: Places;

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "behalf-guard-")));
  const cwd = join(home, "repo");
  mkdirSync(join(cwd, ".claude"), { recursive: true });
  mkdirSync(join(home, ".behalf"));
  writeFileSync(join(cwd, ".claude/settings.json"), "{}");
  symlinkSync(".claude", join(cwd, "docs"));
  symlinkSync(join(cwd, ".claude/settings.json"), join(cwd, "notes.json"));
  symlinkSync(join(home, ".behalf"), join(cwd, "kept"));
  places = { cwd, home, env: { CODEX_HOME: join(home, "elsewhere") } };
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("writing", () => {
  test.each([
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".claude/hooks/x.sh",
    "./src/../.claude/settings.json",
    "src/.claude/settings.json",
    "~/.claude/settings.json",
    "~/.claude.json",
    ".CLAUDE/settings.json",
    ".cl\u200baude/settings.json",
    ".claude./settings.json",
    ".claude /settings.json",
    ".claude::$INDEX_ALLOCATION/settings.json",
    ".claude\\settings.json",
    " .claude/settings.json",
    "docs/settings.json",
    "docs/new/file.json",
    "notes.json",
    ".mcp.json",
    "../.mcp.json",
    ".codex/config.toml",
    "~/elsewhere/hooks.json",
    ".cursor/hooks.json",
    ".cursor/mcp.json",
    ".behalf/context.md",
    "~/.behalf/actions.jsonc",
    "kept/config.json",
    ".behalf-state/v3/d1/x.sqlite",
    "node_modules/behalf/dist/cli/main.cjs",
    "/etc/claude-code/managed-settings.json",
    ".claude/worktrees/one/.claude/settings.json",
    ".claude/worktrees/../settings.json",
    `${"a/".repeat(3000)}x`,
    "a\u0000b",
  ])("%j is off limits", (path) => {
    expect(isOffLimits(path, places, "write")).toBe(true);
  });

  test.each([
    "src/a.ts",
    "claude/a.ts",
    ".claudette/x",
    "a.claude",
    ".github/x.yml",
    ".claude/worktrees/one/src/a.ts",
    "node_modules/behalfs/x",
  ])("%j is not", (path) => {
    expect(isOffLimits(path, places, "write")).toBe(false);
  });
});

test("reading is off limits only where BehalfID keeps what opens it", () => {
  for (const path of ["~/.behalf/credentials.json", "kept/credentials.json", "../.BEHALF/config.json"])
    expect(isOffLimits(path, places, "read")).toBe(true);
  for (const path of [".behalf/context.md", ".claude/settings.json", ".mcp.json", "src/a.ts", ".."])
    expect(isOffLimits(path, places, "read")).toBe(false);
  // A search reads every file below the folder.
  for (const path of ["..", "~", "/", "../.behalf"]) expect(isOffLimits(path, places, "search")).toBe(true);
  for (const path of [".", "src", ".claude"]) expect(isOffLimits(path, places, "search")).toBe(false);
});

test("what a variable names from where it was set is off limits, wherever below it the agent works", () => {
  const state = join(places.cwd, "state/dev");
  const isOff = (path: string, use: "read" | "search" | "write", cwd: string) =>
    isOffLimits(
      path,
      { home, cwd, env: { BEHALF_STATE_DIR: "./state/dev", CODEX_HOME: "../elsewhere" } },
      use,
    );
  for (const cwd of [places.cwd, join(places.cwd, "src/deep")]) {
    for (const path of [state, join(state, "local.env")]) expect(isOff(path, "read", cwd)).toBe(true);
    expect(isOff(join(home, "elsewhere/hooks.json"), "write", cwd)).toBe(true);
    expect(isOff(join(places.cwd, "state/other"), "read", cwd)).toBe(false);
  }
  // Where the hook was started counts too: the agent chooses the folder that it works in.
  expect(isOff(join(process.cwd(), "state/dev/local.env"), "read", "/")).toBe(true);
  expect(isOff(places.cwd, "search", places.cwd)).toBe(false);
  mkdirSync(state, { recursive: true });
  expect(isOff(places.cwd, "search", places.cwd)).toBe(true);
});

describe("whatever is permitted", () => {
  const guarded = (tool: string, input: object) => () => {
    const call = readCall("claude", JSON.stringify(callOf("claude", { tool, input, cwd: places.cwd })));
    guardCall(call, describeCall(call));
  };

  test("a search does not reach what BehalfID keeps", () => {
    expect(guarded("Grep", { pattern: "bhf_", path: homedir() })).toThrow(NoDecision);
    expect(guarded("Grep", { pattern: "bhf_", path: "src" })).not.toThrow();
    expect(guarded("Read", { file_path: homedir() })).not.toThrow();
  });

  // With the mails of a local instance, an agent would get a new password for the person who approves.
  test.each([
    "/api/dashboard/mail-outbox",
    "/api//dashboard/x",
    "/api/%64ashboard/x",
    "/api/x/../dashboard/x",
  ])("no tool asks for %s", (path) => {
    const url = `http://localhost:8787${path}`;
    expect(guarded("WebFetch", { url, prompt: "x" })).toThrow(NoDecision);
    expect(guarded("mcp__fetch__get", { options: { url: url.slice(7) } })).toThrow(NoDecision);
    expect(guarded("Bash", { command: `curl ${url}` })).toThrow(NoDecision);
  });

  test("other addresses, and texts that mention one, are left to the permissions", () => {
    expect(guarded("WebFetch", { url: "https://example.com/dashboard/api/", prompt: "x" })).not.toThrow();
    expect(guarded("mcp__wiki__save", { text: "Note: it asks /api/dashboard/summary" })).not.toThrow();
  });
});

describe("a shell command", () => {
  test.each([
    "echo '{}' > .claude/settings.json",
    "rm -rf .claude",
    "rm -rf ./.claude/",
    "mv .claude away",
    "cd .claude && echo x > settings.json",
    "sed -i s/hooks/x/ ~/.claude/settings.json",
    "tee $HOME/.claude/settings.json",
    'tee "${HOME}/.claude.json"',
    "cp x .CLAUDE/settings.json",
    "cp x .cl''aude/settings.json",
    "cp x .cl\\aude/settings.json",
    "cp x .cl\\\naude/settings.json",
    "cp x $'\\x2eclaude/settings.json'",
    "cp x $'\\056claude/settings.json'",
    "cp x $'\\u002eclaude/settings.json'",
    "cp x .cl*/settings.json",
    "cp x .c?aude/settings.json",
    "cp x .claud[e]/settings.json",
    "cp x {.cla*,y}/settings.json",
    "find . -name '*claude*' -delete",
    "rm -rf .*",
    "cp x docs/settings.json",
    "cp x src/../docs/settings.json",
    "cp x notes.json",
    "dd of=notes.json",
    "cp --target-directory=docs x",
    "bash -c 'rm -rf .claude'",
    "python3 -c \"open('.claude/settings.json','w')\"",
    "git checkout -- .mcp.json",
    "ln -s .claude x",
    "cat .claude/settings.json > x",
    "cat .claude/settings.json; true",
    "sort -o .mcp.json x",
    "rm -rf ~/elsewhere",
    "rm -rf $CODEX_HOME",
    "CLAUDE_CONFIG_DIR=/tmp/x true",
    "export BEHALFID_BASE_URL=http://evil.example",
    "echo '{\"disableAllHooks\": true}' > x",
    "cat ~/.behalf/credentials.json",
    "cat ../.behalf/credentials.json",
    "cat kept/credentials.json",
    "grep -r bhf_ ../.behalf",
    "grep -r bhf_ ~/",
    "diff -r .. /",
    "grep --file=../.behalf/credentials.json x",
    "rm -rf .behalf-state",
    "behalf config set base-url http://evil.example",
    "behalf --json approvals approve apr_1 --yes",
    "behalf approvals watch",
    "behalf permissions create --action x",
    "npx behalf permissions create",
    "npx behalf@latest login",
    "node_modules/.bin/behalf mcp remove",
    "npm run behalf -- approvals approve apr_1",
    "node src/cli/main.ts approvals approve apr_1",
    "true; 'behalf' \"approvals\" approve apr_1",
    "npm uninstall -g behalf",
    "secret-tool lookup service behalfid",
    "security find-generic-password -s behalfid -w",
    "curl -b c.txt -X POST http://localhost:8787/api/dashboard/approvals/apr_1/approve",
    "claude --bare -p x",
    "claude -p x",
    "true && claude -p x",
    "env X=1 timeout 5 claude -p x",
    "bash -c 'claude -p x'",
    "npx -y @anthropic-ai/claude-code -p x",
    "codex exec x",
    "/usr/local/bin/codex exec x",
    "echo $(claude -p x)",
    "cursor-agent -p x",
  ])("%j is refused", (command) => {
    expect(refusedCommand(command, places)).toEqual(expect.any(String));
  });

  test.each([
    "npm test",
    "ls -la",
    "cat .claude/settings.json",
    "ls .claude",
    "grep -n hooks .claude/settings.json .mcp.json",
    "cat .behalf/context.md",
    "git add . && git commit -m 'Ask first\n\nCo-Authored-By: Claude <noreply@example.com>'",
    "git push origin main",
    "rm -rf node_modules/*.log dist",
    "prettier --write 'src/**/*.{ts,json}' {a,b}/*.md",
    "cp .env.example .env; ls .git*",
    "cd .claude/worktrees/one && npm test",
    "behalf verify --action deploy",
    "behalf approvals wait apr_1",
    "npx behalf explain --action deploy",
    "claude --version",
    "which claude",
    "cd packages/claude-client && npm test",
    "npm i behalf",
  ])("%j is left to the permissions", (command) => {
    expect(refusedCommand(command, places)).toBeUndefined();
  });

  test("is refused in a folder of settings, whatever it says", () => {
    const inside = { ...places, cwd: join(places.cwd, "docs") };
    expect(refusedCommand("tee settings.json", inside)).toEqual(expect.any(String));
    expect(refusedCommand("ls", inside)).toBeUndefined();
  });

  test("takes no time, whatever it is", () => {
    const startedAt = performance.now();
    for (const part of [" ", "a", "'", "\\", "@a", "{,.", ".*", "../", "$(", "a b ", "~/"])
      refusedCommand(part.repeat(12_000 / part.length), places);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});
