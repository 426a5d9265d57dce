import { launcher } from "../command.ts";

export const codexCommand = launcher(
  {
    path: ["codex"],
    summary: "start Codex, with every tool call asked for first",
    description:
      "Writes the context and the MCP server as behalf mcp init --refresh does, and starts codex with a hook that asks before each tool call. Codex is asked whether it would run the hook; where not, nothing is started. Every argument is Codex's own, --json too, and --help behind two dashes. Its exit code is passed on.",
    access: "agent",
    examples: ["behalf codex", 'behalf codex exec "deploy to staging"', "behalf codex -- --help"],
  },
  async (context, typed) => {
    const [{ startClient }, { codex }] = await Promise.all([
      import("../launch/start-client.ts"),
      import("../launch/codex.ts"),
    ]);
    return startClient(context, codex, typed);
  },
);
