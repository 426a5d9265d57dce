import { command } from "../../command.ts";
import { text, wholeNumber } from "../../inputs.ts";
import { momentText } from "../../output/times.ts";
import { visibleLine } from "../../output/visible.ts";

export const agentsListCommand = command(
  {
    path: ["agents", "list"],
    summary: "list the workspace's agents, newest first",
    access: "person",
    options: {
      limit: wholeNumber("COUNT", "how many (50)", 100),
      cursor: text("CURSOR", "the page after: the nextCursor of the one before"),
    },
    examples: ["behalf agents list", "behalf agents list --limit 100 --json"],
  },
  async (context, { options }) => {
    const { output, signal } = context;
    const client = await context.person();
    const page = await client.agents.list(options, { signal });
    const now = context.now();
    output.result(page, () => {
      if (page.agents.length === 0) {
        output.line("There is no agent yet.");
        output.next('behalf agents create "Deploy bot" --save');
        return;
      }
      output.table(
        ["AGENT", "NAME", "STATUS", "MADE"],
        page.agents.map(({ agentId, name, status, createdAt }) => [
          agentId,
          visibleLine(name),
          output.paint(status === "active" ? "allowed" : "denied", status),
          momentText(createdAt, now),
        ]),
      );
      if (page.nextCursor !== null)
        output.next(`behalf agents list --cursor ${visibleLine(page.nextCursor)}`);
    });
  },
);
