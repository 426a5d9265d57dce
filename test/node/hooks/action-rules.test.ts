import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { namedDeeds, readRules, type ActionRule } from "../../../src/cli/hooks/action-rules.ts";
import { simpleCommand } from "../../../src/cli/hooks/shell-words.ts";

let folder: string;
let rules: readonly ActionRule[];

const read = async (text: string) => {
  writeFileSync(join(folder, "actions.jsonc"), text);
  return readRules(folder);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "behalf-rules-"));
  rules = await read(`{
    // As an owner writes it.
    "rules": [
      { "command": "git push", "action": "deploy" },
      { "command": "git push {remote} {branch}", "action": "deploy", "branch": "{branch}" },
      { "command": "vercel deploy --prod **", "action": "deploy_production", "vendor": "vercel.com", "environment": "production" },
      { "command": "refund {amount}", "action": "refund", "amount": "{amount}" },
      { "tool": "mcp__stripe__refund", "action": "refund", "vendor": "stripe.com", "amount": "{cents}" },
      { "tool": "mcp__notes__*", "action": "take_notes" },
    ],
  }`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const deedsOf = (command: string) =>
  namedDeeds({ action: "execute_command", command }, "Bash", {}, rules, "/home/me");
const actionsOf = (command: string) => deedsOf(command).map(({ action }) => action);

test.each([
  ["git push", { action: "deploy" }],
  ["  git \t push\n", { action: "deploy" }],
  [`"git" 'push'`, { action: "deploy" }],
  ["git push origin release/1.2", { action: "deploy", branch: "release/1.2" }],
  [
    "vercel deploy --prod",
    { action: "deploy_production", resource: "vercel.com", environment: "production" },
  ],
  ["vercel deploy --prod --yes 'a b'", { action: "deploy_production" }],
  ["refund 12.50", { action: "refund", amount: 12.5 }],
])("%j goes by the owner's name alone, with the command still bound", (command, deed) => {
  expect(deedsOf(command)).toEqual([expect.objectContaining({ ...deed, command })]);
});

test.each([
  "git push && rm -rf /",
  "git push; rm -rf /",
  "git push & rm -rf /",
  "git push | sh",
  "git push\nrm -rf /",
  "git push\rrm -rf /",
  "git push origin main\n\nrm -rf /",
  "git push $(rm -rf /)",
  "git push `rm -rf /`",
  'git push "$(rm -rf /)"',
  "git push > ~/.bashrc",
  "git push < /etc/passwd",
  "(git push)",
  "{ git push; }",
  "! git push",
  "git push # and nothing else",
  "git push \\\n; rm -rf /",
  "git push ${IFS}origin",
  "git push *",
  "git push ~",
  "GIT_SSH_COMMAND='rm -rf /' git push",
  "env GIT_SSH_COMMAND=x git push",
  "git -c core.sshCommand=x push",
  "git push --force",
  "git push --receive-pack='rm -rf /'",
  "git push origin HEAD:main",
  "git push origin refs/heads/main",
  "git push origin +main",
  "bash -c 'git push'",
  'bash -c "git push; rm -rf /"',
  "eval git push",
  "sudo git push",
  "/tmp/evil/git push",
  "./git push",
  "GIT PUSH",
  "g''it pus\\h",
  "$'git' push",
  "$'\\x67it' push",
  "time git push",
  "xargs git push",
  "git push\u00a0origin",
  "git push\u2028rm",
])("%j does not pass by the name of its first part: both are needed", (command) => {
  const actions = actionsOf(command);
  expect(actions).toContain("execute_command");
  expect(actions).toContain("deploy");
});

test.each(["ls", "git status", "git pull", "echo hi > x", "npm run deploy", "git pu''ll"])(
  "%j is the shell's and nothing else",
  (command) => {
    expect(actionsOf(command)).toEqual(["execute_command"]);
  },
);

test("what a line only mentions carries no fact that the line may not be about", () => {
  const [deploy] = deedsOf("true && git push origin main");
  expect(deploy).toMatchObject({ action: "deploy", branch: undefined });
});

test("a tool goes by the owner's name, with the amount that it is called with", () => {
  const deed = { action: "call_mcp_tool", resource: "stripe/refund" };
  const named = (tool: string, input: Record<string, unknown>) =>
    namedDeeds(deed, tool, input, rules, "/home/me");
  expect(named("mcp__stripe__refund", { cents: 500 })).toEqual([
    expect.objectContaining({ action: "refund", resource: "stripe.com", amount: 500 }),
  ]);
  expect(named("mcp__notes__add", {})).toEqual([expect.objectContaining({ action: "take_notes" })]);
  expect(named("mcp__stripe__refunds", {})).toEqual([deed]);
  for (const cents of [undefined, null, "1e9", "-5", "0x10", " 5", [5], { valueOf: 5 }, true])
    expect(() => named("mcp__stripe__refund", { cents }), String(cents)).toThrow(/amount/);
});

test.each([
  "{",
  "[]",
  "{}",
  '{"rules": {}}',
  '{"rules": [], "rule": []}',
  '{"rules": [null]}',
  '{"rules": [{"action": "a"}]}',
  '{"rules": [{"command": "ls"}]}',
  '{"rules": [{"command": "ls", "tool": "Bash", "action": "a"}]}',
  '{"rules": [{"command": "ls", "action": "a", "vender": "x"}]}',
  '{"rules": [{"command": "* push", "action": "a"}]}',
  '{"rules": [{"command": "{x} push", "action": "a"}]}',
  '{"rules": [{"command": "git ** push", "action": "a"}]}',
  '{"rules": [{"command": "git push; ls", "action": "a"}]}',
  '{"rules": [{"command": "", "action": "a"}]}',
  '{"rules": [{"tool": "*", "action": "a"}]}',
  '{"rules": [{"command": "ls", "action": "a", "amount": -1}]}',
])("a file of rules that is %j is refused as a whole", async (text) => {
  await expect(read(text)).rejects.toThrow("cannot be used");
});

describe("one simple command", () => {
  test.each(["", " ", "a=b ls", "=ls", "''", "a 'b", 'a "b', "a\u0000", "'a\nb'", '"a!b"'])(
    "is not %j",
    (line) => {
      expect(simpleCommand(line, true)).toBeUndefined();
    },
  );

  test("is read without quotes where quotes mean other things", () => {
    expect(simpleCommand("git push origin", false)).toEqual(["git", "push", "origin"]);
    for (const line of ["git 'push'", "git %X%", "git @x", "git a,b", "git --a=b"])
      expect(simpleCommand(line, false)).toBeUndefined();
  });
});
