import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  claudeHookFile,
  cursorHookFile,
  ownHooks,
  planHookRemoval,
  planHooks,
  type HookFile,
} from "../../../src/cli/launch/hook-files.ts";

const base = mkdtempSync(join(tmpdir(), "behalf-hooks-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const command = "BEHALFID_HOME= /node /behalf hook claude || exit 2";
const claude = { PreToolUse: { matcher: "*", hooks: [{ type: "command", command, timeout: 600 }] } };
const newer = {
  PreToolUse: { matcher: "*", hooks: [{ type: "command", command: command.replace("/node", "/node24") }] },
};
const cursor = {
  beforeShellExecution: { command, failClosed: true },
  preToolUse: { command, failClosed: true, matcher: "x" },
};

const shapes: Record<string, string> = {
  "an empty object": "{}",
  "one line": '{"permissions":{"allow":["Bash"]}}',
  "other settings": '{\n  "permissions": {\n    "allow": ["Bash"]\n  },\n  "model": "x"\n}\n',
  "hooks of other events": '{\n\t"hooks": {\n\t\t"Stop": [ { "hooks": [] } ]\n\t}\n}\n',
  "hooks of the same events":
    '{ "hooks": { "PreToolUse": [ {"matcher":"Bash","hooks":[{"type":"command","command":"lint"}]} ], "preToolUse": [ { "command": "x" } ] }, "a": 1 }',
  "empty lists":
    '{\r\n    "version": 1,\r\n    "hooks": { "PreToolUse": [] , "beforeShellExecution": [ ] }\r\n}\r\n',
  "a byte order mark": '\uFEFF{ "a": "{}" }',
};
const cases = Object.entries(shapes).flatMap(([name, text]) => [
  { name, text, hookFile: claudeHookFile, hooks: claude },
  { name, text, hookFile: cursorHookFile, hooks: cursor },
]);

/** A project with one file in it. */
function projectWith({ file }: HookFile, text: string | undefined): string {
  const project = mkdtempSync(join(base, "p-"));
  if (text === undefined) return project;
  mkdirSync(join(project, file, ".."));
  writeFileSync(join(project, file), text);
  return project;
}

describe.each(cases)("in $hookFile.file with $name", ({ text, hookFile, hooks }) => {
  test("the hooks come in, change and go, and leave every byte of it", () => {
    const project = projectWith(hookFile, text);
    const { changes, record } = planHooks(project, hookFile, { hasMadeFolder: false }, hooks);
    const [change] = changes;
    expect(changes).toMatchObject([{ file: hookFile.file, before: text }]);
    const after = change?.after ?? "";
    expect(ownHooks(hookFile.file, after)).toEqual(hooks);
    writeFileSync(join(project, hookFile.file), after);

    expect(planHooks(project, hookFile, record, hooks)).toEqual({ changes: [], record });
    expect(planHookRemoval(project, record)).toEqual([{ file: hookFile.file, before: after, after: text }]);

    const [changed] = planHooks(project, hookFile, record, newer).changes;
    expect(ownHooks(hookFile.file, changed?.after ?? "")).toEqual(newer);

    // On another machine nothing is known of what was put in; the hooks go, and what they meant stays.
    const [cut] = planHookRemoval(project, { hasMadeFolder: false });
    expect(ownHooks(hookFile.file, cut?.after ?? "")).toEqual({});
    const { hooks: left = {}, ...others } = parsed(cut?.after ?? "");
    const { hooks: had = {}, ...before } = parsed(text);
    expect(others).toEqual(before);
    expect(filled(left)).toEqual(filled(had));
  });
});

test("a file that was not there goes again, and what its client wrote into it in between stays", () => {
  const project = projectWith(claudeHookFile, undefined);
  const { changes, record } = planHooks(project, claudeHookFile, { hasMadeFolder: false }, claude);
  const { file } = claudeHookFile;
  const after = changes[0]?.after ?? "";
  mkdirSync(join(project, ".claude"));
  writeFileSync(join(project, file), after);
  expect(planHookRemoval(project, record)).toEqual([{ file, before: after, after: undefined }]);

  const rewritten = JSON.stringify({ permissions: { allow: ["Bash(ls)"] }, ...parsed(after) });
  writeFileSync(join(project, file), rewritten);
  const [removed] = planHookRemoval(project, record);
  expect(JSON.parse(removed?.after ?? "")).toEqual({ permissions: { allow: ["Bash(ls)"] } });
});

test.each([
  ["// mine\n{}", "is not plain JSON, so its hooks are ignored"],
  ['{ "a": 1, }', "is not plain JSON"],
  ['{ "hooks": [] }', "are not lists by event"],
  ['{ "hooks": { "PreToolUse": {} } }', "are not lists by event"],
  ['{ "hooks": {}, "hooks": {} }', "has a property twice"],
  ["[]", "are not lists by event"],
])("a file that a client reads in another way is refused: %s", (text, why) => {
  const project = projectWith(claudeHookFile, text);
  expect(() => planHooks(project, claudeHookFile, { hasMadeFolder: false }, claude)).toThrow(why);
});

function parsed(text: string): { hooks?: Record<string, unknown[]> } {
  return JSON.parse(text.replace("\uFEFF", "")) as { hooks?: Record<string, unknown[]> };
}

function filled(hooks: Record<string, unknown[]>): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(hooks).filter(([, list]) => list.length > 0));
}
