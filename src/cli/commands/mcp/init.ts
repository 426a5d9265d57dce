import { command } from "../../command.ts";
import { flag } from "../../inputs.ts";
import { applyChanges, reportChanges } from "../../mcp/apply-plan.ts";
import { writeRecord } from "../../mcp/project-record.ts";

export const mcpInitCommand = command(
  {
    path: ["mcp", "init"],
    summary: "register the MCP server in this project, and tell the agent its permissions",
    description:
      "Writes .mcp.json and .behalf/context.md in the folder where you are. What is there stays: other servers, comments, your own text. No key is written: the server reads it where behalf config keeps it, or from BEHALFID_API_KEY.",
    access: "agent",
    options: {
      refresh: flag("write the context again, with the permissions as they are now"),
      dryRun: flag("say what would be written, and write nothing"),
    },
    examples: ["behalf mcp init", "behalf mcp init --refresh", "behalf mcp init --dry-run"],
  },
  async (context, { options }) => {
    const { planProject } = await import("../../mcp/plan-project.ts");
    const { cwd, output, settings } = context;
    const plan = await planProject(context, options.refresh === true);
    const isDryRun = options.dryRun === true;
    if (!isDryRun && plan.changes.length > 0) {
      // First, so that whatever ends this in between can still be undone.
      writeRecord(settings, cwd, plan.record);
      applyChanges(context, plan.changes);
    }
    reportChanges(context, plan.changes, isDryRun, "Nothing to do: both files are in place.");
    if (!isDryRun && settings.keyIsForThisCommand)
      output.note("The server will need the key, too: behalf config set api-key -");
  },
);
