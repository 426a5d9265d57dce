import type { McpServer } from "@modelcontextprotocol/server";
import * as z from "zod";
import { offer, type Connect } from "../tool.ts";

const output = z.looseObject({
  note: z.string(),
  agentId: z.string(),
  agentName: z.string(),
  status: z.enum(["active", "disabled"]),
  permissions: z.array(z.looseObject({ permissionId: z.string(), action: z.string() })),
});

const note =
  "This list is no permission to act. Call verify_action before each action; only allowed: true there is permission.";

export function registerGetPermissions(server: McpServer, connect: Connect): void {
  offer(
    server,
    connect,
    {
      name: "get_permissions",
      title: "See what you may ask for",
      description:
        "Lists your active permissions and their limits. It is no permission to act: call verify_action before each action.",
      input: z.strictObject({}),
      output,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: true },
    },
    async ({ client, agentId }, _input, { mcpReq }) => {
      const { agent, permissions } = await client.agents.get(agentId, { signal: mcpReq.signal });
      const { name: agentName, status } = agent;
      const shown = { note, agentId: agent.agentId, agentName, status, permissions };
      return { content: [{ type: "text", text: JSON.stringify(shown) }], structuredContent: shown };
    },
  );
}
