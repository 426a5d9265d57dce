import { rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Context } from "../context.ts";
import { foldersMade } from "../launch/hook-files.ts";
import { writeProjectFile } from "./project-file.ts";
import { contextFile, type FileChange } from "./project-plan.ts";
import type { ProjectRecord } from "./project-record.ts";

/** Writes what was planned. */
export function applyChanges({ cwd }: Context, changes: readonly FileChange[]): void {
  for (const { file, after } of changes) writeProjectFile(join(cwd, file), after);
}

/** Takes away the folders that were made for our files, unless something else has moved in. */
export function removeOwnFolders({ cwd }: Context, record: ProjectRecord): void {
  const made = record.hasMadeFolder ? [dirname(contextFile)] : [];
  for (const folder of [...made, ...foldersMade(record)])
    try {
      rmdirSync(join(cwd, folder));
    } catch {
      // It is not empty, or it is gone already: both are as they should be.
    }
}

/** Says what becomes of the files; with `isPlanned` what would. */
export function reportChanges(
  { output }: Context,
  changes: readonly FileChange[],
  isPlanned: boolean,
  nothing: string,
): void {
  const shown = changes.map(({ file, before, after }) => ({
    file,
    change: before === undefined ? "created" : after === undefined ? "deleted" : "changed",
  }));
  output.result({ changes: shown, isDryRun: isPlanned }, () => {
    if (shown.length === 0) output.line(nothing);
    for (const { file, change } of shown)
      output.line(
        isPlanned ? `- ${file} would be ${change}.` : `${output.paint("allowed", "✓")} ${file} ${change}.`,
      );
  });
}
