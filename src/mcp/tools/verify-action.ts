import {
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  type CallToolResult,
  type InputRequiredResult,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import { reasonCodeSchema, riskSchema } from "../../contract/reasons.ts";
import { text } from "../../contract/text.ts";
import { limits, type ApprovalPacket } from "../../contract/verify.ts";
import { approvalBlock } from "../approval-block.ts";
import { oneLine } from "../one-line.ts";
import { offer, type Connect } from "../tool.ts";

const isObject = (value: unknown) => value !== null && typeof value === "object" && !Array.isArray(value);

const input = z.strictObject({
  action: text(limits.actionCharacters).meta({
    description: "What you are about to do, as your permissions name it.",
    examples: ["deploy_production"],
  }),
  vendor: text(limits.resourceCharacters)
    .optional()
    .meta({ description: "What or whom it is done to.", examples: ["vercel.com"] }),
  resource: text(limits.resourceCharacters)
    .optional()
    .meta({ description: "The same as vendor, under another name. Send one of them." }),
  amount: z
    .number({ error: "must be a number" })
    .min(0, { error: "must be 0 or more" })
    .optional()
    .meta({ description: "What it costs." }),
  // Passed on as it came, not as a parser rebuilt it: an approval is bound to every key of it.
  arguments: z.unknown().refine(isObject, { error: "must be an object" }).optional().meta({
    type: "object",
    additionalProperties: true,
    description:
      "What the action will run with. An approval is bound to it, and what you run must be the same.",
  }),
});

// One object and not a union of three: the older protocol only takes an object here.
const output = z.looseObject({
  requestId: z.string(),
  allowed: z.boolean().meta({ description: "Act only when this is true." }),
  approvalRequired: z.boolean(),
  reason: z.string(),
  risk: riskSchema,
  reasonCode: reasonCodeSchema,
  nextAction: z.enum(["proceed", "stop", "await_approval"]),
  permissionId: z.string().optional(),
  approvalId: z.string().optional(),
  approvalUrl: z.string().optional(),
  expiresAt: z.string().optional(),
  comment: z.string().optional(),
  replayed: z.boolean().optional(),
});

const opensLinks = z.looseObject({ elicitation: z.looseObject({ url: z.looseObject({}) }) });
const linkKey = "approval";
const linkMs = 30_000;

export function registerVerifyAction(server: McpServer, connect: Connect): void {
  offer(
    server,
    connect,
    {
      name: "verify_action",
      title: "Ask whether you may act",
      description:
        "Call this before every action. Execute the action only when it returns allowed: true, once and with the same arguments. Denied, approval required, an error or no answer: do not execute.",
      input,
      output,
      // It opens requests in front of people and spends approvals: not read-only, and asking twice is not asking once.
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: true,
      },
    },
    async ({ client, agentId }, { arguments: bound, ...asked }, context) => {
      const request = { agentId, ...asked, arguments: bound as Record<string, unknown> | undefined };
      const packet = await client.verify(request, { signal: context.mcpReq.signal });
      if (!packet.approvalRequired)
        return {
          content: [{ type: "text", text: JSON.stringify(packet) }],
          structuredContent: { ...packet },
        };
      const link = await offerLink(server, asked.action, packet, context);
      if (link !== undefined) return link;
      const block = approvalBlock(asked.action, asked.vendor ?? asked.resource, packet);
      return {
        content: [{ type: "text", text: block }],
        structuredContent: { ...packet },
      } satisfies CallToolResult;
    },
  );
}

/**
 * Lets a client that can do so show the person where to approve. In the newer protocol that is an answer of its own,
 * after which the client asks the same again; in the older one the client is asked while the call waits.
 */
async function offerLink(
  server: McpServer,
  action: string,
  { approvalId, approvalUrl }: ApprovalPacket,
  { mcpReq }: ServerContext,
): Promise<InputRequiredResult | undefined> {
  // What the client can do comes with each request in the newer protocol, with the connection in the older one.
  const envelope: Record<string, unknown> | undefined = mcpReq.envelope;
  const capabilities = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? server.server.getClientCapabilities();
  const canOpen = opensLinks.safeParse(capabilities).success;
  if (!canOpen || !isWebAddress(approvalUrl)) return undefined;
  const message = `BehalfID: ${oneLine(action)} needs your approval (${oneLine(approvalId)}).`;
  if (mcpReq.envelope !== undefined) {
    // The client comes back whether the person opened it or not. Offering it again would never end.
    if (mcpReq.inputResponses !== undefined) return undefined;
    return inputRequired({
      inputRequests: { [linkKey]: inputRequired.elicitUrl({ message, url: approvalUrl }) },
    });
  }
  // Opened, declined or left alone: the answer is the same.
  await mcpReq
    .elicitInput({ mode: "url", elicitationId: approvalId, message, url: approvalUrl }, { timeout: linkMs })
    .catch(() => undefined);
  return undefined;
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
