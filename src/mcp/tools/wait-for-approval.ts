import type { McpServer, ServerContext } from "@modelcontextprotocol/server";
import * as z from "zod";
import { approvalStatusSchema, type AgentApproval, type ApprovalStatus } from "../../contract/approval.ts";
import type { BehalfID } from "../../sdk/client.ts";
import { BehalfError } from "../../sdk/errors.ts";
import { oneLine } from "../one-line.ts";
import { offer, type Connect } from "../tool.ts";

// Under the minute after which many clients give a call up.
const defaultSeconds = 50;
const maxSeconds = 3600;
const tellEveryMs = 5000;

const input = z.strictObject({
  approvalId: z
    .string({ error: "must be a string" })
    .regex(/^apr_[A-Za-z0-9_-]{1,128}$/, { error: "must be an id that starts with apr_" })
    .meta({ description: "The approvalId that verify_action returned." }),
  timeoutSeconds: z
    .number({ error: "must be a number" })
    .int({ error: "must be a whole number" })
    .min(1, { error: "must be 1 or more" })
    .max(maxSeconds, { error: `must be ${maxSeconds} or less` })
    .default(defaultSeconds)
    .meta({ description: "How long to wait. Stay below what your client allows a call to take." }),
});

const output = z.looseObject({
  approvalId: z.string(),
  status: approvalStatusSchema,
  nextAction: z.enum(["verify_again", "stop", "await_approval"]),
  instruction: z.string(),
  comment: z.string().optional(),
  grantExpiresAt: z.string().optional(),
});

type Next = { nextAction: z.infer<typeof output>["nextAction"]; instruction: string };

// An approved request is no permission either: another may have spent it, and the limits may have changed since.
const nexts: Record<ApprovalStatus, Next> = {
  pending: {
    nextAction: "await_approval",
    instruction:
      "Do not execute the action. Nobody has decided yet: wait again, or ask the user to approve it.",
  },
  approved: {
    nextAction: "verify_again",
    instruction:
      "Do not execute the action yet. Call verify_action again with the same arguments and proceed only if it returns allowed: true.",
  },
  denied: { nextAction: "stop", instruction: "Do not execute the action. Tell the user that it was denied." },
  used: {
    nextAction: "stop",
    instruction: "Do not execute the action. This approval was used already; another use needs another one.",
  },
  expired: {
    nextAction: "stop",
    instruction: "Do not execute the action. This approval has expired; verify_action asks for another.",
  },
  void: {
    nextAction: "stop",
    instruction: "Do not execute the action. This approval ended with its permission, or with the agent.",
  },
};

export function registerWaitForApproval(server: McpServer, connect: Connect): void {
  offer(
    server,
    connect,
    {
      name: "wait_for_approval",
      title: "Wait until a person has decided",
      description:
        "Waits until a request is decided or time is up. It is no permission to act: when the status is approved, call verify_action again with the same arguments.",
      input,
      output,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: true },
    },
    async ({ client }, { approvalId, timeoutSeconds }, context) => {
      const stopTelling = tell(approvalId, timeoutSeconds, context);
      let approval: AgentApproval;
      try {
        approval = await decided(client, approvalId, timeoutSeconds * 1000, context.mcpReq.signal);
      } finally {
        stopTelling();
      }
      const { status, comment, grantExpiresAt } = approval;
      const { nextAction, instruction } = nexts[status];
      const lines = [
        `${status.toUpperCase()} — ${instruction}`,
        "",
        `Approval ID: ${oneLine(approval.approvalId)}`,
        `Status: ${status}`,
        ...(comment === null ? [] : [`The reviewer's comment: ${oneLine(comment)}`]),
        ...(grantExpiresAt === null ? [] : [`To be used before: ${oneLine(grantExpiresAt)}`]),
      ];
      return {
        content: [{ type: "text", text: lines.join("\n") }],
        structuredContent: {
          approvalId: approval.approvalId,
          status,
          nextAction,
          instruction,
          ...(comment === null ? {} : { comment }),
          ...(grantExpiresAt === null ? {} : { grantExpiresAt }),
        },
      };
    },
  );
}

async function decided(
  client: BehalfID,
  approvalId: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<AgentApproval> {
  try {
    return await client.waitForApproval(approvalId, { timeoutMs, signal });
  } catch (error) {
    if (!(error instanceof BehalfError) || error.code !== "TIMEOUT") throw error;
    // Time is up because nobody decided, or because nothing answered. Asking once more tells the two apart.
    return client.approvals.get(approvalId, { signal });
  }
}

/** Tells a client that asked for it that the waiting goes on, so that it does not take the call for dead. */
function tell(approvalId: string, total: number, { mcpReq }: ServerContext): () => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => undefined;
  const message = `Waiting for a person to decide ${approvalId}.`;
  let told = 0;
  const send = () => {
    const progress = Math.min(total, (told++ * tellEveryMs) / 1000);
    const params = { progressToken, progress, total, message };
    mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
  };
  send();
  const timer = setInterval(send, tellEveryMs);
  return () => clearInterval(timer);
}
