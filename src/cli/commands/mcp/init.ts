import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { flag } from "../../inputs.ts";
import { applyChanges, reportChanges } from "../../mcp/apply-plan.ts";
import { contextLines } from "../../mcp/context-lines.ts";
import { readRecord, writeRecord } from "../../mcp/project-record.ts";
import type { ServerEntry } from "../../mcp/project-plan.ts";

export const mcpInitCommand = command(
  {
    path: ["mcp", "init"],
    summary: "register the MCP server in this project, and tell the agent its permissions",
    description:
      "Writes .mcp.json and .behalf/context.md in the folder where you are. What is there stays: other servers, comments,\nyour own text. No key is written: the server reads it where behalf config keeps it, or from BEHALFID_API_KEY.",
    access: "agent",
    options: {
      refresh: flag("write the context again, with the permissions as they are now"),
      dryRun: flag("say what would be written, and write nothing"),
    },
    examples: ["behalf mcp init", "behalf mcp init --refresh", "behalf mcp init --dry-run"],
  },
  async (context, { options }) => {
    const { planInit, hasContextFor } = await import("../../mcp/project-plan.ts");
    const { cwd, output, settings } = context;
    const agentId = context.agentId();
    const isKnown = options.refresh !== true && hasContextFor(cwd, agentId);
    const lines = isKnown ? undefined : await currentLines(context, agentId);
    const plan = planInit(cwd, readRecord(settings, cwd), entryOf(context), lines);
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

async function currentLines(context: Context, agentId: string): Promise<string[]> {
  const client = await context.agent();
  const { agent, permissions } = await client.agents.get(agentId, { signal: context.signal });
  return contextLines(agent, permissions, `${client.baseUrl}/dashboard/approvals`, context.now());
}

// Clients start the server with an environment of their own, so what this command was told beside the configuration
// is passed on. Neither value is secret.
function entryOf({ settings }: Context): ServerEntry {
  const { agentId, baseUrl } = settings;
  const told = (source: string | undefined) => source === "flag" || source === "environment";
  const env = {
    ...(agentId !== undefined && told(agentId.source) ? { BEHALFID_AGENT_ID: agentId.value } : {}),
    ...(told(baseUrl.source) ? { BEHALFID_BASE_URL: baseUrl.value } : {}),
  };
  const start = { command: "behalf", args: ["mcp", "start"] };
  return Object.keys(env).length === 0 ? start : { ...start, env };
}
