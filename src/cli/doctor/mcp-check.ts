import { join } from "node:path";
import { executableOf } from "../command-line.ts";
import { problemOf } from "../output/problem.ts";
import { broken, ok, skipped, warning, type Check, type Finding } from "./finding.ts";

const check = "MCP";
const setUp = "behalf mcp init";

/** Whether what `behalf mcp init` writes into the folder where you are is there, whole, and for this agent. */
export const checkMcp: Check = async ({ cwd, env, settings }) => {
  const { configFile, contextFile, hasContextFor, isOurs } = await import("../mcp/project-plan.ts");
  const { serverEntry } = await import("../mcp/json-entry.ts");
  const { readProjectFile } = await import("../mcp/project-file.ts");
  const { mcpServerName } = await import("../../mcp/server-name.ts");
  try {
    const config = readProjectFile(join(cwd, configFile));
    const entry = config === undefined ? undefined : serverEntry(configFile, config, mcpServerName);
    if (entry === undefined) return [skipped(check, `not set up in this folder (${setUp})`)];
    if (!isOurs(entry))
      return [
        warning(
          check,
          `${configFile} has a server ${mcpServerName} that ${setUp} did not write.`,
          `Rename it or take it out, then: ${setUp}`,
        ),
      ];
    const agentId = settings.agentId?.value;
    const hasContext = agentId !== undefined && hasContextFor(cwd, agentId);
    const findings: Finding[] = isOnPath(cwd, env)
      ? [ok(check, `${configFile} starts behalf mcp start`)]
      : [
          broken(
            check,
            `${configFile} starts behalf, which is not in the PATH: the agent gets no tools to ask with.`,
            "npm install -g behalf",
          ),
        ];
    if (agentId !== undefined && !hasContext)
      findings.push(
        warning(check, `${contextFile} does not tell ${agentId} what it may do.`, `${setUp} --refresh`),
      );
    return findings;
  } catch (error) {
    const { error: why, hint } = problemOf(error, settings);
    return [broken(check, why, hint ?? setUp)];
  }
};

function isOnPath(cwd: string, env: NodeJS.ProcessEnv): boolean {
  try {
    executableOf("behalf", cwd, env);
    return true;
  } catch {
    return false;
  }
}
