import * as z from "zod";
import {
  approvedSchema,
  type ApprovalStatus,
  deniedSchema,
  reviewBodySchema,
} from "../../../contract/approval.ts";
import { type ApprovalId, approvalIdSchema } from "../../../contract/ids.ts";
import { approvalOfAccount } from "../../../db/approvals.ts";
import { gateOfApproval } from "../../../db/gate-news.ts";
import { gateOf } from "../../../gates/gate-name.ts";
import type { AppContext } from "../../context.ts";
import { type Operation, route } from "../../operation.ts";
import type { Person } from "../../people/person.ts";
import { Problem } from "../../problem.ts";

const shared = {
  method: "post",
  tag: "Approvals",
  access: { kind: "person", capability: "approve" },
  params: z.object({ id: approvalIdSchema }),
  body: reviewBodySchema,
  problems: ["NOT_FOUND", "APPROVAL_ALREADY_DECIDED", "DIFFERENT_APPROVER_REQUIRED"],
} as const satisfies Partial<Operation>;

/** Takes a person's verdict to the gate. Its answer is the gate's: nothing else knows how the approval stands. */
async function review(
  { env, var: { now } }: AppContext,
  person: Person,
  approvalId: ApprovalId,
  verdict: "approve" | "deny",
  comment: string | undefined,
) {
  const news = await gateOfApproval(env.DB, person.accountId, approvalId);
  if (news === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such approval." });
  const { agentId, permissionId, permissionEnded, epoch } = news;
  const answer = await gateOf(env.GATE, agentId, permissionId).review({
    approvalId,
    verdict,
    comment: comment === "" ? undefined : comment,
    userId: person.userId,
    epoch,
    // The message that the permission ended may have been lost; nobody approves under it all the same.
    permissionEnded,
    now,
  });
  switch (answer.kind) {
    case "approved":
    case "denied":
      return answer;
    case "unknown": {
      // The gate has let go of it, which it does with nothing that is open, or has lost it.
      const copy = await approvalOfAccount(env.DB, person.accountId, approvalId, now);
      const isOver = copy !== undefined && copy.status !== "pending" && copy.status !== "approved";
      throw new Problem("APPROVAL_ALREADY_DECIDED", { detail: stands[isOver ? copy.status : "void"] });
    }
    case "decided":
      throw new Problem("APPROVAL_ALREADY_DECIDED", { detail: stands[answer.status] });
    case "different_approver_required":
      throw new Problem("DIFFERENT_APPROVER_REQUIRED");
    case "ended":
      throw new Problem("APPROVAL_ALREADY_DECIDED", { detail: stands.void });
  }
}

const stands: Record<ApprovalStatus, string> = {
  pending: "This approval is pending.",
  approved: "This approval is already decided: it was approved.",
  denied: "This approval is already decided: it was denied.",
  used: "This approval is already decided: it was approved and used.",
  expired: "This approval has expired. The agent has to ask again.",
  void: "This approval is void: its permission has ended or its agent was disabled.",
};

export const approveRoute = route(
  {
    ...shared,
    path: "/api/dashboard/approvals/{id}/approve",
    id: "approve",
    summary: "Allow this once",
    description: "Opens a grant of 30 minutes, good for exactly what was asked, once.",
    answers: { 200: { description: "The grant is open.", schema: approvedSchema } },
  },
  async ({ c, person, params, body }) => {
    const answer = await review(c, person, params.id, "approve", body.comment);
    if (answer.kind !== "approved") throw new Error("The gate answered an approval with a denial.");
    return c.json({ approved: true, grantExpiresAt: new Date(answer.grantExpiresAt).toISOString() });
  },
);

export const denyRoute = route(
  {
    ...shared,
    path: "/api/dashboard/approvals/{id}/deny",
    id: "deny",
    summary: "Refuse this",
    description:
      "The agent reads the comment, and the same request is refused until the denial is forgotten.",
    answers: { 200: { description: "It is refused.", schema: deniedSchema } },
  },
  async ({ c, person, params, body }) => {
    await review(c, person, params.id, "deny", body.comment);
    return c.json({ denied: true });
  },
);
