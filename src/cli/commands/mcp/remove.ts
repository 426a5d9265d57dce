import { command } from "../../command.ts";
import { flag } from "../../inputs.ts";
import { applyChanges, removeOwnFolders, reportChanges } from "../../mcp/apply-plan.ts";
import { readRecord, writeRecord } from "../../mcp/project-record.ts";

export const mcpRemoveCommand = command(
  {
    path: ["mcp", "remove"],
    summary: "undo behalf mcp init and the hooks of launchers in this project",
    description:
      "Takes out what init and launchers put in and nothing else. The agent then asks no more: what it may do is up to its program.",
    access: "local",
    options: { dryRun: flag("say what would be changed, and change nothing") },
    examples: ["behalf mcp remove", "behalf mcp remove --dry-run"],
  },
  async (context, { options }) => {
    const { planRemove } = await import("../../mcp/project-plan.ts");
    const { cwd, settings } = context;
    const record = readRecord(settings, cwd);
    const { changes } = planRemove(cwd, record);
    const isDryRun = options.dryRun === true;
    if (!isDryRun) {
      applyChanges(context, changes);
      removeOwnFolders(context, record);
      writeRecord(settings, cwd, undefined);
    }
    reportChanges(context, changes, isDryRun, "Nothing to do: no file has anything of behalf.");
  },
);
