import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { mcpServerName } from "../../mcp/server-name.ts";
import { UserError } from "../failure.ts";
import { planHookRemoval } from "../launch/hook-files.ts";
import { serverEntry, withoutServerEntry, withServerEntry } from "./json-entry.ts";
import { markedBlock, withMarkedBlock, withoutMarkedBlock } from "./marked-block.ts";
import { readProjectFile } from "./project-file.ts";
import type { ProjectRecord } from "./project-record.ts";

export const configFile = ".mcp.json";
export const contextFile = ".behalf/context.md";

/** What becomes of one file. Without a text after, it goes. */
export type FileChange = { file: string; before: string | undefined; after: string | undefined };
export type Plan = { changes: FileChange[]; record: ProjectRecord };

/** How a client starts the server. It names no key: the server reads that where it is kept. */
export type ServerEntry = { command: string; args: string[]; env?: Record<string, string> };

/** What it takes to have the server registered and the context written. `lines` is undefined where it is to stay. */
export function planInit(
  project: string,
  record: ProjectRecord,
  wanted: ServerEntry,
  lines: readonly string[] | undefined,
): Plan {
  const changes: FileChange[] = [];
  const next: ProjectRecord = { ...record };

  const config = readProjectFile(join(project, configFile));
  const found = config === undefined ? undefined : serverEntry(configFile, config, mcpServerName);
  if (!isDeepStrictEqual(found, wanted)) {
    const base = config === undefined ? undefined : withoutOurs(config, found, record);
    const { text, inserted } = withServerEntry(configFile, base, mcpServerName, wanted);
    next.config = { inserted, isWholeFile: base === undefined };
    changes.push({ file: configFile, before: config, after: text });
  }

  const context = readProjectFile(join(project, contextFile));
  if (lines !== undefined) {
    const { text, inserted } = withMarkedBlock(contextFile, context, lines, record.context?.inserted);
    if (text !== context) {
      next.hasMadeFolder = record.hasMadeFolder || !existsSync(join(project, dirname(contextFile)));
      const hadBlock = context !== undefined && markedBlock(contextFile, context) !== undefined;
      // A block that came with a clone of the project was put in elsewhere: nothing is known of what was there before.
      if (!hadBlock || record.context !== undefined)
        next.context = {
          inserted,
          isWholeFile: context === undefined || (hadBlock && record.context?.isWholeFile === true),
        };
      changes.push({ file: contextFile, before: context, after: text });
    }
  }
  return { changes, record: next };
}

/** What it takes to have the project as it was before. */
export function planRemove(project: string, record: ProjectRecord): Plan {
  const changes: FileChange[] = [];
  const config = readProjectFile(join(project, configFile));
  const found = config === undefined ? undefined : serverEntry(configFile, config, mcpServerName);
  if (config !== undefined && isOurs(found))
    changes.push({ file: configFile, before: config, after: withoutOurs(config, found, record) });
  const context = readProjectFile(join(project, contextFile));
  if (context !== undefined) {
    const { context: insertion } = record;
    const after = withoutMarkedBlock(contextFile, context, insertion?.inserted);
    const isGone = after.trim() === "" && insertion?.isWholeFile !== false;
    if (after !== context)
      changes.push({ file: contextFile, before: context, after: isGone ? undefined : after });
  }
  changes.push(...planHookRemoval(project, record));
  return { changes, record };
}

/** Whether the project's context names this agent, so that it need not be written again. */
export function hasContextFor(project: string, agentId: string): boolean {
  const context = readProjectFile(join(project, contextFile));
  return context !== undefined && markedBlock(contextFile, context)?.includes(`("${agentId}")`) === true;
}

function withoutOurs(config: string, found: unknown, record: ProjectRecord): string | undefined {
  if (found === undefined) return config;
  if (!isOurs(found))
    throw new UserError(
      `${configFile} has a server ${mcpServerName} that behalf mcp init did not write.`,
      "Look at it, and rename it or take it out by hand.",
    );
  const { config: insertion } = record;
  if (insertion?.isWholeFile === true && insertion.inserted === config) return undefined;
  return withoutServerEntry(config, mcpServerName, insertion?.inserted);
}

/** Whether an entry is one that `behalf mcp init` wrote, whatever environment it names. */
export function isOurs(entry: unknown): boolean {
  const { command, args } = { command: undefined, args: undefined, ...(entry as object | null) };
  return command === "behalf" && isDeepStrictEqual(args, ["mcp", "start"]);
}
