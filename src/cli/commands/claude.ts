import { launcher } from "../command.ts";

export const claudeCommand = launcher(
  {
    path: ["claude"],
    summary: "start Claude Code, with every tool call asked for first",
    description:
      "Writes the context and the MCP server as behalf mcp init --refresh does, and starts claude with a hook that asks before each tool call. Where the hook would not hold, it says why and starts nothing. Every argument is Claude Code's own, --json too, and --help behind two dashes. Its exit code is passed on.",
    access: "agent",
    examples: ["behalf claude", 'behalf claude -p "deploy to staging"', "behalf claude -- --help"],
  },
  async (context, typed) => {
    const [{ startClient }, { claude }] = await Promise.all([
      import("../launch/start-client.ts"),
      import("../launch/claude.ts"),
    ]);
    return startClient(context, claude, typed);
  },
);
