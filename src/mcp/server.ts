import { McpServer } from "@modelcontextprotocol/server";
import { mcpServerName } from "./server-name.ts";
import type { Connect } from "./tool.ts";
import { registerGetPermissions } from "./tools/get-permissions.ts";
import { registerVerifyAction } from "./tools/verify-action.ts";
import { registerWaitForApproval } from "./tools/wait-for-approval.ts";

export type BehalfMcpOptions = {
  /** The version that clients are told. */
  version: string;
  /** Whom a call is made for. Asked at every call, so that a key that was replaced is taken up without a restart. */
  connect: Connect;
};

/**
 * The tools by which an agent asks before it acts, for one connection of either protocol era.
 *
 * It needs no Node: a program serves it over stdio, a Worker over HTTP.
 */
export function behalfMcpServer({ version, connect }: BehalfMcpOptions): McpServer {
  const server = new McpServer(
    { name: mcpServerName, title: "BehalfID", version },
    { instructions, capabilities: { tools: {} } },
  );
  registerVerifyAction(server, connect);
  registerGetPermissions(server, connect);
  registerWaitForApproval(server, connect);
  return server;
}

const instructions = [
  "BehalfID decides what you may do. Before you act, call verify_action with the action, what it is done to and the arguments that it will run with.",
  "Act only when it returns allowed: true, once, and exactly as asked. Everything else means do not execute: a denial, a request that needs approval, an error, no answer.",
  "When approval is required, tell the user the approval id and where to approve it, and verify again with the same arguments after they have.",
].join("\n");
