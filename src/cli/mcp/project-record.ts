import { realpathSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { readEntries, writeEntries } from "../settings/private-file.ts";
import type { Settings } from "../settings/settings.ts";

const insertionSchema = z.object({ inserted: z.string(), isWholeFile: z.boolean() });
const hookInsertionSchema = z.object({
  inserted: z.array(z.string()),
  isWholeFile: z.boolean(),
  hasMadeFolder: z.boolean(),
});
const recordSchema = z.object({
  config: insertionSchema.optional(),
  context: insertionSchema.optional(),
  hasMadeFolder: z.boolean().default(false),
  /** By file: what a launcher put in so that a client's tool calls are held. */
  hooks: z.record(z.string(), hookInsertionSchema).optional(),
});

export type HookInsertion = z.infer<typeof hookInsertionSchema>;
export type Insertion = z.infer<typeof insertionSchema>;
/** What was put into a project, so that it can be taken out to the byte. It holds our own text only. */
export type ProjectRecord = z.infer<typeof recordSchema>;

/** The record of a project. It is kept with the settings: the project gets no file for it, and no clone is misled by it. */
export function readRecord(settings: Settings, project: string): ProjectRecord {
  const entry = readEntries(fileOf(settings))[realpathSync(project)];
  const parsed = recordSchema.safeParse(entry === undefined ? {} : valueOf(entry));
  return parsed.success ? parsed.data : { hasMadeFolder: false };
}

export function writeRecord(settings: Settings, project: string, record: ProjectRecord | undefined): void {
  const file = fileOf(settings);
  const { [realpathSync(project)]: before, ...others } = readEntries(file);
  if (record === undefined && before === undefined) return;
  const own = record === undefined ? {} : { [realpathSync(project)]: JSON.stringify(record) };
  writeEntries(file, { ...others, ...own });
}

function fileOf(settings: Settings): string {
  return join(settings.folder, "projects.json");
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
