import { command } from "../../command.ts";

export const mcpStartCommand = command(
  {
    path: ["mcp", "start"],
    summary: "serve verify_action and its like to an agent, over stdio",
    description:
      "Agents' programs start it; behalf mcp init registers it. It answers until its stdin is closed. Without a key or a server it answers too: that nothing may be executed.",
    access: "agent",
    examples: ["behalf mcp start", "behalf mcp start --base-url http://localhost:8787"],
  },
  async (context) => {
    const { serveMcp } = await import("../../mcp/serve-mcp.ts");
    await serveMcp(context);
  },
);
