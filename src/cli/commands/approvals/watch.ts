import type { Approval } from "../../../contract/approval.ts";
import type { BehalfID } from "../../../sdk/client.ts";
import { BehalfError } from "../../../sdk/errors.ts";
import { askText, choose } from "../../ask.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { UserError } from "../../failure.ts";
import { flag, text } from "../../inputs.ts";
import { keepTrying } from "../../keep-trying.ts";
import { LiveNews } from "../../live-news.ts";
import { jsonText, visibleLine } from "../../output/visible.ts";
import { printProblem, problemOf } from "../../output/problem.ts";
import { approve, deny, showForReview } from "../../review-approval.ts";

const maxPages = 20;

export const approvalsWatchCommand = command(
  {
    path: ["approvals", "watch"],
    summary: "see requests as they come, and decide them here",
    description:
      "One request at a time: a new one waits until the one before is decided or left. In a pipe it prints one line a request and decides nothing.",
    access: "person",
    options: {
      agent: text("AGENT", "of this agent only"),
      ndjson: flag("print one JSON value a line, for programs"),
    },
    examples: ["behalf approvals watch", "behalf approvals watch --ndjson | jq .approvalId"],
  },
  async (context, { options }) => {
    const { output, signal } = context;
    if (output.isJson)
      throw new UserError("Watching has no one value to print.", "Use --ndjson: one value a line.");
    const client = await context.person();
    const news = new LiveNews({
      baseUrl: client.baseUrl,
      credentials: await context.personCredentials(),
      about: "approval",
      signal,
    });
    const seen = new Set<string>();
    if (options.ndjson !== true) output.note("Watching for requests. Ctrl-C ends it.");
    const look = () => pendingNow(client, options.agent, signal);
    for (let pending = await look(); ; pending = await keepTrying(context, look)) {
      // Whoever left a request for later is not shown it again; what is decided need not be remembered.
      for (const id of seen) if (!pending.some(({ approvalId }) => approvalId === id)) seen.delete(id);
      for (const approval of pending.filter(({ approvalId }) => !seen.has(approvalId))) {
        seen.add(approval.approvalId);
        if (options.ndjson === true) output.write(jsonText(approval));
        else if (output.isInteractive) await decideHere(context, client, approval.approvalId);
        else output.line(lineOf(approval));
      }
      await news.next();
    }
  },
);

/** Everything that waits, oldest first. */
async function pendingNow(
  client: BehalfID,
  agentId: string | undefined,
  signal: AbortSignal,
): Promise<Approval[]> {
  const found: Approval[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const { approvals, nextCursor } = await client.approvals.list(
      { agentId, limit: 100, cursor },
      { signal },
    );
    found.push(...approvals);
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return found.toReversed();
}

async function decideHere(context: Context, client: BehalfID, approvalId: string): Promise<void> {
  const { output, settings } = context;
  output.line();
  try {
    const { action, status } = await showForReview(context, client, approvalId);
    if (status !== "pending") return;
    const verdict = await choose(output, `${visibleLine(action)}: what now?`, [
      { value: "later", label: "Leave it for later" },
      { value: "approve", label: `Approve ${visibleLine(action)} once` },
      { value: "deny", label: "Deny" },
    ]);
    if (verdict === "later") return;
    const comment =
      verdict === "deny" ? await askText(output, "Why? The agent reads it. (may be empty)", false) : "";
    const decide = verdict === "approve" ? approve : deny;
    await decide(context, client, approvalId, comment === "" ? undefined : comment);
  } catch (error) {
    // Somebody else was faster, it has expired, or the server restarts: said, and the watch goes on.
    if (!(error instanceof BehalfError)) throw error;
    printProblem(problemOf(error, settings), output);
  }
}

function lineOf({ approvalId, action, vendor, agentName }: Approval): string {
  const about = visibleLine(action) + (vendor === null ? "" : ` on ${visibleLine(vendor)}`);
  return `${approvalId}  ${about}  asked by ${visibleLine(agentName)}`;
}
