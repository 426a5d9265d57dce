import type { Context } from "../context.ts";
import { applyChanges } from "../mcp/apply-plan.ts";
import { planProject } from "../mcp/plan-project.ts";
import { writeRecord } from "../mcp/project-record.ts";
import { visibleLine } from "../output/visible.ts";
import { planHooks } from "./hook-files.ts";
import type { Client } from "./client.ts";

/** Registers the MCP server in the project, writes the agent's permissions as they are now, and the client's hooks. */
export async function prepareProject(context: Context, { hookFile }: Client): Promise<void> {
  const { cwd, output, settings } = context;
  const plan = await planProject(context, true);
  const hooks =
    hookFile === undefined
      ? { changes: [], record: plan.record }
      : planHooks(cwd, hookFile, plan.record, hookFile.hooks(context));
  const changes = [...plan.changes, ...hooks.changes];
  if (changes.length === 0) return;
  // First, so that whatever ends this in between can still be undone.
  writeRecord(settings, cwd, hooks.record);
  applyChanges(context, changes);
  for (const { file } of changes)
    output.note(`${output.paintNote("allowed", "✓")} ${visibleLine(file)} is up to date.`);
}
