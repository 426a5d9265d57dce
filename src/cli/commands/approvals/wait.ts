import { setTimeout as sleep } from "node:timers/promises";
import type { AgentApproval, Approval } from "../../../contract/approval.ts";
import type { BehalfID } from "../../../sdk/client.ts";
import { BehalfError } from "../../../sdk/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { exitCodes } from "../../failure.ts";
import { requiredArgument, span } from "../../inputs.ts";
import { keepTrying } from "../../keep-trying.ts";
import { momentText } from "../../output/times.ts";
import { visibleLine } from "../../output/visible.ts";
import { approvalStates } from "../../views/approval-card.ts";

const pollMs = 2000;

export const approvalsWaitCommand = command(
  {
    path: ["approvals", "wait"],
    summary: "wait until a request is decided",
    description:
      "With the agent's key, or as a person. It is no permission to act: ask again with behalf verify.\nExit codes: 0 approved, 2 denied, 3 neither (pending, expired, used or void), 1 error.",
    access: "either",
    args: { approval: requiredArgument("the approval") },
    options: { waitFor: span("wait at most this long, such as 15m (until it expires)") },
    examples: ["behalf approvals wait apr_xxx --wait-for 15m && behalf verify --action deploy_production"],
  },
  async (context, { args, options }) => {
    const { output } = context;
    const progress = output.progress(`Waiting for a person: ${visibleLine(args.approval)}`, { isLong: true });
    let approval: AgentApproval | Approval | undefined;
    try {
      approval = await settled(context, args.approval, options.waitFor);
    } finally {
      progress.stop();
    }
    if (approval === undefined) {
      output.result({ approvalId: args.approval, status: "pending" }, () =>
        output.line(`${output.paint("held", "pending")}  Nobody has decided yet.`),
      );
      return exitCodes.approvalRequired;
    }
    const { status, comment, grantExpiresAt } = approval;
    output.result(approval, () => {
      output.line(output.paint(approvalStates[status], status));
      output.facts([
        ["comment", comment === null ? undefined : visibleLine(comment)],
        ["grant ends", grantExpiresAt === null ? undefined : momentText(grantExpiresAt, context.now())],
      ]);
    });
    if (status === "approved") return exitCodes.done;
    return status === "denied" ? exitCodes.denied : exitCodes.approvalRequired;
  },
);

/** The approval once it is decided; undefined when time was up before. */
async function settled(
  context: Context,
  approvalId: string,
  waitMs: number | undefined,
): Promise<AgentApproval | Approval | undefined> {
  const { signal } = context;
  const credentials = await context.eitherCredentials();
  const client = await context.either();
  if (credentials.apiKey === undefined) return settledForPerson(context, client, approvalId, waitMs);
  try {
    return await client.waitForApproval(approvalId, { timeoutMs: waitMs, signal });
  } catch (error) {
    if (error instanceof BehalfError && error.code === "TIMEOUT") return undefined;
    throw error;
  }
}

// The route that holds its answer is the agent's own; a person looks again and again.
async function settledForPerson(
  context: Context,
  client: BehalfID,
  approvalId: string,
  waitMs: number | undefined,
): Promise<Approval | undefined> {
  const { signal } = context;
  const look = () => client.approvals.review(approvalId, { signal });
  const until = performance.now() + (waitMs ?? Number.POSITIVE_INFINITY);
  for (let approval = await look(); ; approval = await keepTrying(context, look, until)) {
    if (approval.status !== "pending") return approval;
    const leftMs = until - performance.now();
    if (leftMs <= 0) return undefined;
    await sleep(Math.min(pollMs, leftMs), undefined, { signal });
  }
}
