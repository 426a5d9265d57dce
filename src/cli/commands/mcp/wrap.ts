import { command } from "../../command.ts";
import { executableOf } from "../../command-line.ts";
import { UserError } from "../../failure.ts";
import { rest, text } from "../../inputs.ts";
import { factOptions, factsOf, waitOf, waitOptions } from "../../request-options.ts";
import { passOn } from "../../run-child.ts";
import { typedCommand } from "../../typed-command.ts";

const { vendor, env, branch, repository, meta } = factOptions;

export const mcpWrapCommand = command(
  {
    path: ["mcp", "wrap"],
    summary: "verify every tool call to another MCP server before it gets there",
    description:
      "Starts the server and stands before it, on stdio. A tool's call is passed on only when it is allowed: as call_mcp_tool on SERVER/TOOL with --name, as tool:TOOL without. Its arguments are bound into the approval. Otherwise the agent is told why and what to do. Everything else goes through as it came, and so does the server's exit code.",
    access: "agent",
    args: { command: rest("-- and the server's command, taken as it is", false) },
    options: {
      name: text("SERVER", "what the server is called in permissions"),
      vendor,
      env,
      branch,
      repository,
      meta,
      ...waitOptions,
    },
    examples: [
      "behalf mcp wrap -- npx -y @modelcontextprotocol/server-filesystem .",
      "behalf mcp wrap --name github --wait-for 5m -- gh-mcp",
    ],
  },
  async (context, { args, options }) => {
    const { name } = options;
    if (name !== undefined && !/^[\w.-]+$/.test(name))
      throw new UserError("--name must have letters, digits, dots, dashes and underscores only.");
    if (name !== undefined && options.vendor !== undefined)
      throw new UserError("With --name, what a call is done on is SERVER/TOOL.", "Leave out --vendor.");
    const argv = typedCommand(context, args.command, "behalf mcp wrap");
    const executable = executableOf(argv[0] ?? "", context.cwd, context.env);
    const { wrapServer } = await import("../../mcp/gateway/wrap-server.ts");
    const { metadata } = factsOf({ ...options, resource: undefined, amount: undefined, arg: undefined });
    const facts = { server: name, vendor: options.vendor, metadata, wait: waitOf(options) };
    return passOn(await wrapServer(context, executable, argv, facts));
  },
);
