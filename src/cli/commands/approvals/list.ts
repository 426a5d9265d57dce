import { approvalStatuses } from "../../../contract/approval.ts";
import { command } from "../../command.ts";
import { choice, text, wholeNumber } from "../../inputs.ts";
import { momentText } from "../../output/times.ts";
import { visibleLine } from "../../output/visible.ts";
import { approvalStates } from "../../views/approval-card.ts";

export const approvalsListCommand = command(
  {
    path: ["approvals", "list"],
    summary: "list what waits for a person",
    access: "person",
    options: {
      status: choice([...approvalStatuses, "all"], "which (pending)"),
      agent: text("AGENT", "of this agent only"),
      limit: wholeNumber("COUNT", "how many (50)", 100),
      cursor: text("CURSOR", "the page after: the nextCursor of the one before"),
    },
    examples: ["behalf approvals list", "behalf approvals list --status all --agent agent_xxx --json"],
  },
  async (context, { options }) => {
    const { output, signal } = context;
    const client = await context.person();
    const { agent, ...query } = options;
    const page = await client.approvals.list({ ...query, agentId: agent }, { signal });
    const now = context.now();
    output.result(page, () => {
      if (page.approvals.length === 0) {
        output.line(options.status === undefined ? "Nothing waits for a person." : "There is none.");
        return;
      }
      output.table(
        ["APPROVAL", "ACTION", "ON", "AGENT", "STATUS", "ASKED"],
        page.approvals.map((each) => [
          each.approvalId,
          visibleLine(each.action),
          visibleLine(each.vendor ?? each.command ?? each.filePath ?? ""),
          visibleLine(each.agentName),
          output.paint(approvalStates[each.status], each.status),
          momentText(each.createdAt, now),
        ]),
      );
      if (page.nextCursor !== null)
        output.next(`behalf approvals list --cursor ${visibleLine(page.nextCursor)}`);
      else output.next(`behalf approvals show ${page.approvals[0]?.approvalId ?? ""}`);
    });
  },
);
