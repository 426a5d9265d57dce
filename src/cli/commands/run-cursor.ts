import { launcher } from "../command.ts";

export const runCursorCommand = launcher(
  {
    path: ["run", "cursor"],
    summary: "start Cursor, with every tool call of its agent asked for first",
    description:
      "Writes the context, the MCP server and .cursor/hooks.json, whose hooks ask before each tool call and block when they fail, and starts cursor. Every argument is Cursor's own, --json too, and --help behind two dashes.",
    access: "agent",
    examples: ["behalf run cursor .", "behalf run cursor -- --help"],
  },
  async (context, typed) => {
    const [{ startClient }, { cursor }] = await Promise.all([
      import("../launch/start-client.ts"),
      import("../launch/cursor.ts"),
    ]);
    return startClient(context, cursor, typed);
  },
);
