import type { Context } from "../context.ts";
import { contextLines } from "./context-lines.ts";
import { hasContextFor, planInit, type Plan, type ServerEntry } from "./project-plan.ts";
import { readRecord } from "./project-record.ts";

/**
 * What it takes to have the project set up for the configured agent. With `isFresh` the context is written again,
 * with the permissions as they are now; without, one that is there for this agent stays.
 */
export async function planProject(context: Context, isFresh: boolean): Promise<Plan> {
  const { cwd, settings } = context;
  const agentId = context.agentId();
  const isKnown = !isFresh && hasContextFor(cwd, agentId);
  const lines = isKnown ? undefined : await currentLines(context, agentId);
  return planInit(cwd, readRecord(settings, cwd), entryOf(context), lines);
}

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
