import { rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Context } from "../context.ts";
import { writeProjectFile } from "./project-file.ts";
import { contextFile, type FileChange } from "./project-plan.ts";

/** Writes what was planned. */
export function applyChanges({ cwd }: Context, changes: readonly FileChange[]): void {
  for (const { file, after } of changes) writeProjectFile(join(cwd, file), after);
}

/** Takes away the folder that was made for the context, unless something else has moved in. */
export function removeOwnFolder({ cwd }: Context): void {
  try {
    rmdirSync(join(cwd, dirname(contextFile)));
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
