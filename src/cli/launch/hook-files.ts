import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { FileChange, Plan } from "../mcp/project-plan.ts";
import { readProjectFile } from "../mcp/project-file.ts";
import type { HookInsertion, ProjectRecord } from "../mcp/project-record.ts";
import { isOwnCommand } from "./hook-command.ts";
import { hooksIn, withHooks, withoutHooks, type Hooks } from "./json-hooks.ts";

/** A file of a client in a project that holds its hooks. */
export type HookFile = {
  file: string;
  /** What stands in it beside the hooks when it is ours from the beginning. */
  frame: Readonly<Record<string, unknown>>;
};

// Not the settings that a team shares: the command names paths of one machine.
export const claudeHookFile: HookFile = { file: ".claude/settings.local.json", frame: {} };
export const cursorHookFile: HookFile = { file: ".cursor/hooks.json", frame: { version: 1 } };
const hookFiles = [claudeHookFile, cursorHookFile];

/** What it takes to have exactly these hooks of ours in the file. */
export function planHooks(
  project: string,
  { file, frame }: HookFile,
  record: ProjectRecord,
  wanted: Hooks,
): Plan {
  const before = readProjectFile(join(project, file));
  if (before !== undefined && isDeepStrictEqual(ownHooks(file, before), wanted))
    return { changes: [], record };
  const known = record.hooks?.[file];
  const base = before === undefined ? undefined : withoutOurs(file, before, known);
  const whole = `${JSON.stringify({ ...frame, hooks: listed(wanted) }, null, 2)}\n`;
  const { text, inserted } =
    base === undefined ? { text: whole, inserted: [whole] } : withHooks(base, wanted);
  const insertion: HookInsertion = {
    inserted,
    isWholeFile: base === undefined,
    hasMadeFolder: known?.hasMadeFolder ?? !existsSync(join(project, dirname(file))),
  };
  return {
    changes: [{ file, before, after: text }],
    record: { ...record, hooks: { ...record.hooks, [file]: insertion } },
  };
}

/** What it takes to have no hook of ours in any file of the project, to the byte where nobody changed it since. */
export function planHookRemoval(project: string, record: ProjectRecord): FileChange[] {
  return hookFiles.flatMap(({ file }) => {
    const before = readProjectFile(join(project, file));
    if (before === undefined) return [];
    const after = withoutOurs(file, before, record.hooks?.[file]);
    return after === before ? [] : [{ file, before, after }];
  });
}

/** The folders that were made for the hooks. */
export function foldersMade({ hooks = {} }: ProjectRecord): string[] {
  return Object.entries(hooks).flatMap(([file, { hasMadeFolder }]) => (hasMadeFolder ? [dirname(file)] : []));
}

/** The hooks of ours that stand in a file, by event. */
export function ownHooks(file: string, source: string): Hooks {
  const own = Object.entries(hooksIn(file, source)).flatMap(([event, hooks]) => {
    const ours = hooks.filter(isOurs);
    return ours.length === 0 ? [] : [[event, ours.length === 1 ? ours[0] : ours] as const];
  });
  return Object.fromEntries(own);
}

function withoutOurs(file: string, source: string, known: HookInsertion | undefined): string | undefined {
  if (known?.isWholeFile === true && known.inserted[0] === source) return undefined;
  const text = withoutHooks(file, source, isOurs, known?.isWholeFile === true ? [] : (known?.inserted ?? []));
  const isEmpty = known?.isWholeFile === true && /^\s*\{\s*("version":\s*1\s*)?\}\s*$/.test(text);
  return isEmpty ? undefined : text;
}

function isOurs(hook: unknown): boolean {
  const { command, hooks }: { command?: unknown; hooks?: unknown } = { ...(hook as object | null) };
  if (typeof command === "string") return isOwnCommand(command);
  return Array.isArray(hooks) && hooks.length === 1 && isOurs(hooks[0]);
}

function listed(hooks: Hooks): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(hooks).map(([event, hook]) => [event, [hook]]));
}
