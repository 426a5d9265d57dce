import { isInForce } from "../../../contract/permission-standing.ts";
import { command } from "../../command.ts";
import { argument } from "../../inputs.ts";
import { momentText } from "../../output/times.ts";
import { visibleLine } from "../../output/visible.ts";

export const agentsShowCommand = command(
  {
    path: ["agents", "show"],
    summary: "show an agent, its keys and what it may do",
    access: "either",
    args: { agent: argument("the agent; the configured one when not given") },
    examples: ["behalf agents show agent_xxx"],
  },
  async (context, { args }) => {
    const { output, signal } = context;
    const agentId = context.agentId(args.agent);
    const client = await context.either();
    const found = await client.agents.get(agentId, { signal });
    const now = context.now();
    output.result(found, () => {
      const { agent, permissions } = found;
      const inForce = permissions.filter((each) => isInForce(each, now));
      output.facts([
        ["agent", agent.agentId],
        ["name", visibleLine(agent.name)],
        ["description", agent.description === null ? undefined : visibleLine(agent.description)],
        ["status", output.paint(agent.status === "active" ? "allowed" : "denied", agent.status)],
        ["made", momentText(agent.createdAt, now)],
        [
          "keys",
          agent.keys.map(({ preview, createdAt, expiresAt }) => {
            const end = expiresAt === null ? "" : `, ends ${momentText(expiresAt, now)}`;
            return `${visibleLine(preview)}  made ${momentText(createdAt, now)}${end}`;
          }),
        ],
        [
          "may",
          inForce.length === 0
            ? "nothing yet"
            : inForce.map(
                (each) =>
                  visibleLine(each.action) +
                  (each.resource === undefined ? "" : ` on ${visibleLine(each.resource)}`) +
                  (each.requiresApproval ? " (with approval)" : ""),
              ),
        ],
      ]);
      output.next(`behalf permissions list ${agent.agentId}`);
    });
  },
);
